import { assertEquals, assertThrows } from "@std/assert";
import { RpcError } from "../../../protocol/mod.ts";
import { type MountPlan, type MountStep, planMounts } from "../../../sandbox/process/mount_plan.ts";
import { FakeHost, type FakeNode } from "../fake_host.ts";
import { resolve, type Situation } from "../profiles.ts";

const TREE: Readonly<Record<string, FakeNode>> = {
  "/w/a/b/c": null,
  "/w/f": "",
  "/v/.git/config": "",
  "/o/sub": null,
  "/usr/bin/sh": "",
  "/usr/lib": null,
  "/bin": { link: "usr/bin" },
  "/etc/passwd": "",
  "/alias": { link: "o" },
  "/proc/1": null,
  "/dev/shm": null,
};

function short(step: MountStep): string {
  switch (step.kind) {
    case "bind":
      return `${step.access === "write" ? "rw" : "ro"} ${step.path}`;
    case "link":
      return `link ${step.path} -> ${step.text}`;
    case "maskDirectory":
      return `${step.passable ? "mask 111" : "mask"} ${step.path}`;
    case "maskFile":
      return `mask file ${step.path}`;
  }
}

function shorten({ base, steps, placeholders }: MountPlan): string[] {
  const occupied = placeholders.map(({ path, kind }) => `+ ${kind} ${path}`);
  return [base, ...steps.map(short), ...occupied.sort()];
}

const META = [".agents", ".aws", ".codex", ".git"];
/** What a writable directory without metadata takes. */
const free = (root: string) => [`rw ${root}`, ...META.map((name) => `ro ${root}/${name}`)];
const occupied = (root: string) => META.map((name) => `+ directory ${root}/${name}`);

type Case = [
  name: string,
  entries: string[],
  plan: string[],
  more?: { situation?: Omit<Situation, "host">; denied?: string[]; tree?: Record<string, FakeNode> },
];
const TABLE: Case[] = [
  ["nothing", [], ["empty"]],
  ["everything to read", ["r :root"], ["read"]],
  ["a path to read", ["r /o"], ["empty", "ro /o"]],
  ["a file to read", ["r /w/f"], ["empty", "ro /w/f"]],
  ["what is missing", ["r /gone", "w /gone2", "d /gone3"], ["empty"]],
  ["read below read", ["r :root", "r /o/sub"], ["read"]],
  ["a writable directory", ["r :root", "w /w"], ["read", ...free("/w"), ...occupied("/w")]],
  [
    "metadata that exist",
    ["w /v"],
    ["empty", ...free("/v"), ...occupied("/v").filter((line) => !line.endsWith(".git"))],
  ],
  ["everything to write, but for one place", ["w :root", "r /o"], [
    "write",
    "ro /.agents",
    "ro /.aws",
    "ro /.codex",
    "ro /.git",
    "ro /o",
    ...META.map((name) => `+ directory /${name}`),
  ]],
  ["read-only deep inside: the way there is held", ["r :root", "w /w", "r /w/a/b"], [
    "read",
    ...free("/w"),
    "rw /w/a",
    "ro /w/a/b",
    ...occupied("/w"),
  ]],
  ["denied deep inside", ["r :root", "w /w", "d /w/a/b/c"], [
    "read",
    ...free("/w"),
    "rw /w/a",
    "rw /w/a/b",
    "mask /w/a/b/c",
    ...occupied("/w"),
  ]],
  ["a denied file", ["r :root", "d /w/f"], ["read", "mask file /w/f"]],
  ["denied and reopened", ["r :root", "w /w", "d /w/a", "w /w/a/b"], [
    "read",
    ...free("/w"),
    "mask 111 /w/a",
    ...free("/w/a/b"),
    ...occupied("/w"),
    ...occupied("/w/a/b"),
  ]],
  ["denied outside of every grant", ["r /o", "d /w"], ["empty", "ro /o"]],
  ["denied root with an allow-list", ["d :root", "r /o"], ["empty", "ro /o"]],
  ["missing, denied: a file in its place", ["r :root", "w /w", "d /w/x"], [
    "read",
    ...free("/w"),
    "ro /w/x",
    ...[...occupied("/w"), "+ file /w/x"].sort(),
  ]],
  ["missing, deeper: the first missing name", ["r :root", "w /w", "d /w/a/x/y", "r /w/a/x/z"], [
    "read",
    ...free("/w"),
    "rw /w/a",
    "ro /w/a/x",
    ...[...occupied("/w"), "+ file /w/a/x"].sort(),
  ]],
  ["below a file nothing can be made", ["r :root", "w /w", "d /w/f/x"], ["read", ...free("/w"), ...occupied("/w")]],
  ["metadata below missing metadata", ["r :root", "w /w", "r /w/.git/hooks"], [
    "read",
    ...free("/w"),
    ...occupied("/w"),
  ]],
  ["roots in roots: what is between cannot be renamed", ["r :root", "w /w", "w /w/a/b"], [
    "read",
    ...free("/w"),
    "rw /w/a",
    ...free("/w/a/b"),
    ...[...occupied("/w"), ...occupied("/w/a/b")].sort(),
  ]],
  ["platform defaults, links among them", ["r :minimal"], ["empty", "link /bin -> usr/bin", "ro /etc", "ro /usr"]],
  ["a link to what is granted", ["r /alias/sub"], ["empty", "link /alias -> o", "ro /o/sub"]],
  ["a link in a readable place is there already", ["r :root", "w /alias"], [
    "read",
    ...free("/o"),
    ...occupied("/o"),
  ]],
  ["what every sandbox has its own of", ["r /proc", "r /proc/1", "r /dev", "w /dev/shm"], [
    "empty",
    "rw /dev/shm",
    ...META.map((name) => `ro /dev/shm/${name}`),
    ...occupied("/dev/shm"),
  ]],
  ["what is denied in /proc", ["r :root", "d /proc/sys", "d /proc/version"], [
    "read",
    "mask /proc/sys",
    "mask file /proc/version",
  ], { tree: { "/proc/sys": null, "/proc/version": "" } }],
  ["matches of globs", ["r :root", "w /w"], [
    "read",
    ...free("/w"),
    "rw /w/a",
    "mask /w/a/b",
    "mask file /w/f",
    ...occupied("/w"),
  ], { denied: ["/w/a/b", "/w/a/b/c", "/w/f"] }],
  ["a match closes what is granted below it", ["r :root", "w /w/a/b/c"], ["read", "mask /w/a"], { denied: ["/w/a"] }],
  ["/tmp and TMPDIR", ["r :root", "w :slash_tmp", "w :tmpdir"], [
    "read",
    ...free("/o"),
    ...free("/tmp"),
    ...[...occupied("/o"), ...occupied("/tmp")].sort(),
  ]],
];

for (const [name, entries, expected, { situation = {}, denied = [], tree = {} } = {}] of TABLE) {
  Deno.test(`planMounts() ${name}`, () => {
    const host = new FakeHost({ ...TREE, ...tree });
    host.tmpdir = "/o";
    const policy = resolve({ host, ...situation }, ...entries);
    const plan = planMounts(policy, denied, host);
    const sorted = [expected[0] as string, ...expected.slice(1).sort(byPath)];
    assertEquals(shorten(plan), sorted);
  });
}

/** Steps by path, placeholders last. */
function byPath(a: string, b: string): number {
  const key = (line: string) => `${line.startsWith("+") ? 1 : 0} ${/\/\S*/.exec(line)?.[0]}`;
  return key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0;
}

Deno.test("planMounts() counts placeholders of other runs as missing", () => {
  const host = new FakeHost({ ...TREE, "/w/.git": null, "/w/x": "" });
  const policy = resolve({ host }, "r :root", "w /w", "d /w/x/y");
  const plan = planMounts(policy, [], host, ({ path }) => path === "/w/.git" || path === "/w/x");
  assertEquals(plan.placeholders.map(({ path, kind }) => `${kind} ${path}`).sort(), [
    "directory /w/.agents",
    "directory /w/.aws",
    "directory /w/.codex",
    "directory /w/.git",
    "file /w/x",
  ]);
  assertEquals(plan.steps.filter(({ path }) => path === "/w/x").map(short), ["ro /w/x"]);
});

Deno.test("planMounts() tells what lies in a writable place", () => {
  const host = new FakeHost(TREE);
  const { steps } = planMounts(resolve({ host }, "r :root", "w /w", "r /w/a/b", "w /o"), [], host);
  const binds = steps.filter((step) => step.kind === "bind");
  assertEquals(binds.filter(({ inside }) => !inside).map(({ path }) => path), ["/o", "/w"]);
});

Deno.test("planMounts() refuses a deny that a process cannot be held to", () => {
  const host = new FakeHost(TREE);
  for (const path of ["/proc", "/proc/1", "/proc/self/maps"]) {
    const policy = resolve({ host }, "r :root", `d ${path}`);
    assertThrows(() => planMounts(policy, [], host), RpcError, `deny-read path ${path}`);
  }
});
