import { assertEquals } from "@std/assert";
import { LIMITS } from "../../protocol/mod.ts";
import { localHostFacts } from "../../sandbox/host_facts.ts";
import { findLibc } from "../../sandbox/libc_path.ts";
import { NameWatch } from "../../sandbox/name_watch.ts";
import { ObservedFacts } from "../../sandbox/observed_facts.ts";
import { openLibc } from "../../sandbox/posix/libc.ts";
import { tempDir } from "../support/temp_dir.ts";

const linux = { ignore: Deno.build.os !== "linux" };

/** A directory on a file system that reports its changes, real path, and a watch. */
async function place() {
  const dir = await tempDir();
  const root = Deno.realPathSync(dir.path);
  const watch = new NameWatch(openLibc(findLibc() ?? ""));
  return { root, watch, [Symbol.asyncDispose]: () => (watch.close(), dir[Symbol.asyncDispose]()) };
}

Deno.test("NameWatch: each way a path can come to stand for something else is noticed", linux, async () => {
  const changes: Record<string, (root: string) => void> = {
    "a missing name appears": (root) => Deno.mkdirSync(`${root}/a/missing`),
    "a missing directory above it appears": (root) => Deno.mkdirSync(`${root}/gone`),
    "the directory is removed": (root) => Deno.removeSync(`${root}/a/b/c`),
    "the directory is renamed": (root) => Deno.renameSync(`${root}/a/b/c`, `${root}/x`),
    "a directory above it is renamed": (root) => Deno.renameSync(`${root}/a`, `${root}/x`),
    "something else is renamed over it": (root) => {
      Deno.mkdirSync(`${root}/x`);
      Deno.renameSync(`${root}/x`, `${root}/a/b/c`);
    },
    "it is removed and made again": (root) => {
      Deno.removeSync(`${root}/a/b/c`);
      Deno.mkdirSync(`${root}/a/b/c`);
    },
    "a link takes its place": (root) => {
      Deno.removeSync(`${root}/a/b/c`);
      Deno.symlinkSync("/", `${root}/a/b/c`);
    },
    "permissions of a directory above it change": (root) => Deno.chmodSync(`${root}/a`, 0o711),
  };
  for (const [name, change] of Object.entries(changes)) {
    await using it = await place();
    Deno.mkdirSync(`${it.root}/a/b/c`, { recursive: true });
    const paths = ["a/b/c", "a/missing", "gone/below/it"].map((path) => `${it.root}/${path}`);
    const watched = it.watch.watch(paths);
    assertEquals([name, watched?.unchanged()], [name, true]);
    change(it.root);
    assertEquals([name, watched?.unchanged(), watched?.unchanged()], [name, false, false]);
  }
});

Deno.test("NameWatch: what happens beside the paths and to contents does not count", linux, async () => {
  await using it = await place();
  Deno.mkdirSync(`${it.root}/a`);
  const watched = it.watch.watch([`${it.root}/a`, `${it.root}/b`]);
  Deno.writeTextFileSync(`${it.root}/other`, "x");
  Deno.mkdirSync(`${it.root}/a/sub`);
  Deno.writeTextFileSync(`${it.root}/a/sub/f`, "x");
  Deno.removeSync(`${it.root}/other`);
  assertEquals(watched?.unchanged(), true);
  const other = it.watch.watch([`${it.root}/a`]);
  watched?.release();
  assertEquals([watched?.unchanged(), other?.unchanged()], [false, true]);
  Deno.removeSync(`${it.root}/a`, { recursive: true });
  assertEquals(other?.unchanged(), false);
});

Deno.test("NameWatch: what happened before does not count, also where others watch already", linux, async () => {
  await using it = await place();
  const first = it.watch.watch([`${it.root}/a`]);
  Deno.mkdirSync(`${it.root}/a`);
  const second = it.watch.watch([`${it.root}/a`]);
  assertEquals([second?.unchanged(), first?.unchanged()], [true, false]);
});

Deno.test("NameWatch: links, and file systems that do not report, are not watched", linux, async () => {
  await using it = await place();
  Deno.mkdirSync(`${it.root}/a`);
  Deno.symlinkSync("a", `${it.root}/l`);
  assertEquals(it.watch.watch([`${it.root}/l/x`]), undefined);
  assertEquals(it.watch.watch(["/proc/self/x"]), undefined);
  assertEquals(it.watch.watch([`${it.root}/l`])?.unchanged(), true);
});

Deno.test("NameWatch: more events than the kernel keeps count as a change", linux, async () => {
  await using it = await place();
  const watched = it.watch.watch([`${it.root}/a`]);
  const most = Number(Deno.readTextFileSync("/proc/sys/fs/inotify/max_queued_events"));
  // the same event twice in a row is one
  for (let i = 0; i <= most / 2; i++) {
    Deno.removeSync((Deno.writeTextFileSync(`${it.root}/f${i % 7}`, ""), `${it.root}/f${i % 7}`));
  }
  assertEquals(watched?.unchanged(), false);
});

Deno.test("NameWatch: the number of directories is bounded", linux, async () => {
  await using it = await place();
  const paths = Array.from({ length: LIMITS.maxWatchedDirectories }, (_, i) => `${it.root}/d${i}/x`);
  for (let i = 0; i < paths.length; i++) Deno.mkdirSync(`${it.root}/d${i}`);
  assertEquals(it.watch.watch(paths), undefined);
  assertEquals(it.watch.watch(paths.slice(1, 9))?.unchanged(), true);
});

Deno.test("NameWatch: a mount over a path is noticed", {
  ignore: Deno.build.os !== "linux" || !canMount(),
}, async () => {
  await using it = await place();
  Deno.mkdirSync(`${it.root}/a`);
  const watched = it.watch.watch([`${it.root}/a`]);
  assertEquals(watched?.unchanged(), true);
  mount(`${it.root}/a`);
  try {
    assertEquals(watched?.unchanged(), false);
  } finally {
    new Deno.Command("umount", { args: [`${it.root}/a`] }).outputSync();
  }
});

Deno.test("NameWatch: after random changes, unchanged means that looking again finds the same", linux, async () => {
  await using it = await place();
  const names = ["a", "b", "c"];
  const random = (below: number) => Math.floor(Math.random() * below);
  const path = () => [it.root, ...Array.from({ length: 1 + random(3) }, () => names[random(3)])].join("/");
  const host = localHostFacts({});
  const attempt = (change: () => void) => {
    try {
      change();
    } catch {
      // not possible just now
    }
  };
  let same = 0, changed = 0;
  for (let round = 0; round < 400; round++) {
    const facts = new ObservedFacts(host);
    const observed = Array.from({ length: 3 }, path);
    const watched = it.watch.watch(observed);
    if (watched === undefined) {
      attempt(() => Deno.removeSync(path(), { recursive: true }));
      continue;
    }
    for (const one of observed) facts.lstat(one);
    for (let i = random(3); i > 0; i--) {
      const [from, to] = [path(), path()];
      const changes = [
        () => Deno.mkdirSync(from),
        () => Deno.removeSync(from, { recursive: true }),
        () => Deno.renameSync(from, to),
        () => Deno.symlinkSync(to, from),
        () => Deno.writeTextFileSync(from, "x"),
      ];
      attempt(changes[random(changes.length)] as () => void);
    }
    const unchanged = watched.unchanged();
    if (unchanged) assertEquals(facts.hold(), true, JSON.stringify(observed));
    if (unchanged) same++;
    else changed++;
    watched.release();
  }
  assertEquals([same > 20, changed > 20], [true, true], `${same} unchanged, ${changed} changed`);
});

function mount(path: string): boolean {
  return new Deno.Command("mount", { args: ["-t", "tmpfs", "none", path] }).outputSync().success;
}

function canMount(): boolean {
  if (Deno.uid() !== 0) return false;
  const path = Deno.makeTempDirSync();
  const mounted = mount(path);
  if (mounted) new Deno.Command("umount", { args: [path] }).outputSync();
  Deno.removeSync(path);
  return mounted;
}
