import { assertEquals, assertThrows } from "@std/assert";
import { bwrapArguments, type BwrapCommand, emptyFilesOf } from "../../../sandbox/process/bwrap_arguments.ts";
import type { MountPlan } from "../../../sandbox/process/mount_plan.ts";

const COMMAND: BwrapCommand = {
  network: "restricted",
  seccompFd: 9,
  emptyFds: [],
  boundFds: new Map(),
  environment: new Map(),
};
const NAMESPACES = "--as-pid-1 --new-session --die-with-parent --unshare-user --unshare-pid --unshare-ipc";
const END = "--cap-drop ALL --seccomp 9 --clearenv";
const plan = (base: MountPlan["base"], ...steps: MountPlan["steps"]): MountPlan => ({ base, steps, placeholders: [] });

const TABLE: [name: string, plan: MountPlan, command: Partial<BwrapCommand>, args: string][] = [
  [
    "everything to read",
    plan("read"),
    {},
    `${NAMESPACES} --unshare-net --ro-bind / / --dev /dev --proc /proc ${END}`,
  ],
  [
    "the network of the host",
    plan("read"),
    { network: "enabled" },
    `${NAMESPACES} --ro-bind / / --dev /dev --proc /proc ${END}`,
  ],
  [
    "everything to write",
    plan("write"),
    {},
    `${NAMESPACES} --unshare-net --bind / / --dev /dev --bind-try /dev/shm /dev/shm --proc /proc ${END}`,
  ],
  [
    "an empty base that takes no writes",
    plan("empty", { kind: "link", path: "/bin", text: "usr/bin" }, {
      kind: "bind",
      path: "/usr",
      access: "read",
      inside: false,
    }, {
      kind: "bind",
      path: "/w",
      access: "write",
      inside: false,
    }),
    {},
    `${NAMESPACES} --unshare-net --tmpfs / --dev /dev --symlink usr/bin /bin --ro-bind /usr /usr --bind /w /w --proc /proc --remount-ro / ${END}`,
  ],
  [
    "masks, closed once everything below them is mounted",
    plan(
      "read",
      { kind: "maskDirectory", path: "/w/a", passable: true },
      { kind: "bind", path: "/w/a/b", access: "write", inside: false },
      { kind: "maskDirectory", path: "/w/c", passable: false },
      { kind: "maskFile", path: "/w/d" },
      { kind: "maskFile", path: "/w/e" },
    ),
    { emptyFds: [11, 12] },
    `${NAMESPACES} --unshare-net --ro-bind / / --dev /dev --perms 111 --tmpfs /w/a --bind /w/a/b /w/a/b --perms 000 --tmpfs /w/c --perms 000 --ro-bind-data 11 /w/d --perms 000 --ro-bind-data 12 /w/e --proc /proc --remount-ro /w/a --remount-ro /w/c ${END}`,
  ],
  [
    "what lies in writable places, by descriptors",
    plan(
      "read",
      { kind: "bind", path: "/w", access: "write", inside: false },
      { kind: "bind", path: "/w/a", access: "write", inside: true },
      { kind: "bind", path: "/w/a/b", access: "read", inside: true },
    ),
    { boundFds: new Map([["/w/a/b", 21], ["/w/a", 20]]) },
    `${NAMESPACES} --unshare-net --ro-bind / / --dev /dev --bind /w /w --bind-fd 20 /w/a --ro-bind-fd 21 /w/a/b --proc /proc ${END}`,
  ],
  [
    "masks in /proc, once it is there",
    plan("read", { kind: "maskFile", path: "/proc/version" }),
    { emptyFds: [11] },
    `${NAMESPACES} --unshare-net --ro-bind / / --dev /dev --proc /proc --perms 000 --ro-bind-data 11 /proc/version ${END}`,
  ],
  [
    "the environment, without what cannot be in one",
    plan("read"),
    { environment: new Map([["A", "1"], ["", "x"], ["B=C", "x"], ["D", ""]]) },
    `${NAMESPACES} --unshare-net --ro-bind / / --dev /dev --proc /proc ${END} --setenv A 1 --setenv D `,
  ],
];
for (const [name, mounts, command, expected] of TABLE) {
  Deno.test(`bwrapArguments() ${name}`, () => {
    assertEquals(bwrapArguments(mounts, { ...COMMAND, ...command }).join(" "), expected);
    assertEquals(emptyFilesOf(mounts), command.emptyFds?.length ?? 0);
  });
}

Deno.test("bwrapArguments() refuses what would become several arguments", () => {
  const environment = new Map([["A", "x\0--bind\0/\0/"]]);
  assertThrows(() => bwrapArguments(plan("read"), { ...COMMAND, environment }), TypeError, "nul byte");
});

Deno.test("bwrapArguments() refuses more than bubblewrap takes", () => {
  const steps = Array.from(
    { length: 3000 },
    (_, i) => ({ kind: "bind", path: `/w/${i}`, access: "read", inside: false }) as const,
  );
  assertThrows(() => bwrapArguments(plan("read", ...steps), COMMAND), RangeError, "which takes 9000");
});
