import { bytes, OS } from "../sandbox_helper/support.ts";
import type { Attack } from "./attack.ts";

const INSIDE = ["w $/inside"];
const ROOT_READ = ["r /", "w $/inside", "d $/outside"];
const tree = { recursive: true }, single = { recursive: false };
const follow = {
  maxDepth: 64,
  maxDirectories: 1000,
  maxEntries: 1000,
  followDirectorySymlinks: true,
  pruneHiddenDirectories: false,
};

/** Attacks by links, by spelling, and through places that lead elsewhere by themselves. */
export const ATTACKS: Readonly<Record<string, Attack>> = {
  "read: a link to a file": {
    policy: INSIDE,
    trap: ({ inside, outside }) => Deno.symlinkSync(`${outside}/secret.txt`, `${inside}/l`),
    run: (f, { inside }) => f.readFile(`${inside}/l`),
    refusal: OS.notFound,
  },
  "read: a relative link": {
    policy: INSIDE,
    trap: ({ inside }) => Deno.symlinkSync("../outside/secret.txt", `${inside}/l`),
    run: (f, { inside }) => f.readFile(`${inside}/l`),
    refusal: OS.notFound,
  },
  "read: behind a link to a directory": {
    policy: INSIDE,
    trap: ({ inside, outside }) => Deno.symlinkSync(outside, `${inside}/l`),
    run: (f, { inside }) => f.readFile(`${inside}/l/secret.txt`),
    refusal: OS.notFound,
  },
  "read: a chain of links": {
    policy: INSIDE,
    trap: ({ inside }) => {
      Deno.mkdirSync(`${inside}/d`);
      Deno.symlinkSync("d/../b", `${inside}/a`);
      Deno.symlinkSync("./c", `${inside}/b`);
      Deno.symlinkSync("../outside", `${inside}/c`);
    },
    run: (f, { inside }) => f.readFile(`${inside}/a/secret.txt`),
    refusal: OS.notFound,
  },
  "read: a loop of links": {
    policy: INSIDE,
    trap: ({ inside }) => {
      Deno.symlinkSync("b", `${inside}/a`);
      Deno.symlinkSync("a", `${inside}/b`);
    },
    run: (f, { inside }) => f.readFile(`${inside}/a`),
    refusal: OS.loop,
    control: false,
  },
  "read: a link in a middle component": {
    policy: INSIDE,
    trap: ({ inside }) => {
      Deno.mkdirSync(`${inside}/a`);
      Deno.symlinkSync("../..", `${inside}/a/b`);
    },
    run: (f, { inside }) => f.readFile(`${inside}/a/b/outside/secret.txt`),
    refusal: OS.notFound,
  },
  "read: .. behind a link": {
    policy: INSIDE,
    trap: ({ inside, outside }) => Deno.symlinkSync(`${outside}/sub`, `${inside}/l`),
    run: (f, { inside }) => f.readFile(`${inside}/l/../secret.txt`),
    refusal: OS.notFound,
  },
  "read: ..": {
    policy: INSIDE,
    run: (f, { inside }) => f.readFile(`${inside}/../outside/secret.txt`),
    refusal: OS.notFound,
  },
  "read: .. among dots and slashes": {
    policy: INSIDE,
    run: (f, { inside }) => f.readFile(`${inside}/.//.././/outside/./secret.txt`),
    refusal: OS.notFound,
  },
  "read: .. from deeper": {
    policy: INSIDE,
    trap: ({ inside }) => Deno.mkdirSync(`${inside}/d`),
    run: (f, { inside }) => f.readFile(`${inside}/d/../../outside/secret.txt`),
    refusal: OS.notFound,
  },
  "read: .. above the root": {
    policy: INSIDE,
    run: (f, { outside }) => f.readFile(`/../..${outside}/secret.txt`),
    refusal: OS.notFound,
  },
  "read: a sibling whose name begins the same": {
    policy: INSIDE,
    trap: ({ root, inside }) => {
      Deno.mkdirSync(`${inside}-evil`);
      Deno.linkSync(`${root}/outside/secret.txt`, `${inside}-evil/secret.txt`);
    },
    run: (f, { inside }) => f.readFile(`${inside}-evil/secret.txt`),
    refusal: OS.notFound,
  },
  "read: a link to the root": {
    policy: INSIDE,
    trap: ({ inside }) => Deno.symlinkSync("/", `${inside}/r`),
    run: (f, { inside, outside }) => f.readFile(`${inside}/r${outside}/secret.txt`),
    refusal: OS.notFound,
  },
  "read: /proc/self/root": {
    policy: ROOT_READ,
    run: (f, { outside }) => f.readFile(`/proc/self/root${outside}/secret.txt`),
    refusal: OS.denied,
  },
  "read: a link to /proc/self/root": {
    policy: ROOT_READ,
    trap: ({ inside }) => Deno.symlinkSync("/proc/self/root", `${inside}/r`),
    run: (f, { inside, outside }) => f.readFile(`${inside}/r${outside}/secret.txt`),
    refusal: OS.denied,
  },
  "read: /proc/1/root and its tasks": {
    policy: ROOT_READ,
    run: (f, { outside }) => f.readFile(`/proc/self/task/../../1/root${outside}/secret.txt`),
    refusal: OS.denied,
    // as nobody, the system itself refuses it
    control: false,
  },
  "read: /proc/thread-self/root": {
    policy: ROOT_READ,
    run: (f, { outside }) => f.readFile(`/proc/thread-self/root${outside}/secret.txt`),
    refusal: OS.denied,
  },
  "read: /proc/self/cwd": {
    policy: ROOT_READ,
    run: (f, { outside }) => f.readFile(`/proc/self/cwd/${"../".repeat(20)}${outside}/secret.txt`),
    refusal: OS.denied,
  },
  "read: /proc without a grant": {
    policy: INSIDE,
    run: (f, { outside }) => f.readFile(`/proc/self/root${outside}/secret.txt`),
    refusal: OS.notFound,
  },
  "read: the helper's own environment and memory": {
    policy: ["r /", "d $/outside"],
    run: async (f) => [await f.readFile("/proc/self/environ"), await f.readFile("/proc/self/maps")].length,
    refusal: OS.denied,
    control: false,
  },
  "read: a denied directory": {
    policy: ROOT_READ,
    run: (f, { outside }) => f.readFile(`${outside}/secret.txt`),
    refusal: OS.denied,
  },
  "read: a link to a denied directory": {
    policy: ROOT_READ,
    trap: ({ inside, outside }) => Deno.symlinkSync(outside, `${inside}/l`),
    run: (f, { inside }) => f.readFile(`${inside}/l/secret.txt`),
    refusal: OS.denied,
  },
  "read: a hard link to a denied file": {
    policy: ["r /", "w $/inside", "d $/outside/secret.txt"],
    trap: ({ inside, outside }) => Deno.linkSync(`${outside}/secret.txt`, `${inside}/h`),
    run: (f, { inside }) => f.readFile(`${inside}/h`),
    refusal: OS.denied,
  },
  "read: a pattern that is matched later": {
    policy: ["r /", "d $/**/secret.*"],
    run: (f, { outside }) => f.readFile(`${outside}/secret.txt`),
    refusal: OS.denied,
  },
  "read: a link to something that a pattern matches": {
    policy: ["r /", "d $/**/secret.*"],
    trap: ({ inside, outside }) => Deno.symlinkSync(`${outside}/secret.txt`, `${inside}/l`),
    run: (f, { inside }) => f.readFile(`${inside}/l`),
    refusal: OS.denied,
  },
  "read: below a directory that a pattern matches": {
    policy: ["r /", "d $/out*"],
    run: (f, { outside }) => f.readFile(`${outside}/secret.txt`),
    refusal: OS.denied,
  },
  "open: a link to a file": {
    policy: INSIDE,
    trap: ({ inside, outside }) => Deno.symlinkSync(`${outside}/secret.txt`, `${inside}/l`),
    run: async (f, { inside }) => await (await f.open(`${inside}/l`)).readBlock(0, 100),
    refusal: OS.notFound,
  },
  "open: replace behind a link": {
    policy: INSIDE,
    trap: ({ inside, outside }) => Deno.symlinkSync(outside, `${inside}/l`),
    run: async (f, { inside }) => await (await f.open(`${inside}/l/new`, { mode: "replace" })).close(),
    refusal: OS.notFound,
  },
  "metadata: behind a link": {
    policy: INSIDE,
    trap: ({ inside, outside }) => Deno.symlinkSync(outside, `${inside}/l`),
    run: (f, { inside }) => f.getMetadata(`${inside}/l/secret.txt`),
    refusal: OS.notFound,
    control: false,
  },
  "canonicalize: behind a link": {
    policy: INSIDE,
    trap: ({ inside, outside }) => Deno.symlinkSync(outside, `${inside}/l`),
    run: (f, { inside }) => f.canonicalize(`${inside}/l/secret.txt`),
    refusal: OS.notFound,
    control: false,
  },
  "list: a link to a directory": {
    policy: INSIDE,
    trap: ({ inside, outside }) => {
      Deno.writeTextFileSync(`${outside}/secret!`, "");
      Deno.symlinkSync(outside, `${inside}/l`);
    },
    run: (f, { inside }) => f.readDirectory(`${inside}/l`),
    refusal: OS.notFound,
  },
  "list: a granted directory that a pattern denies is not an empty one": {
    policy: ["r $/inside", "w $/outside", "r $/outside/sub", "d $/out*"],
    run: (f, { outside }) => f.readDirectory(outside),
    refusal: OS.denied,
    control: false,
  },
  "list: above the grant": {
    policy: INSIDE,
    run: (f, { root }) => f.readDirectory(root),
    refusal: 'ok [{"fileName":"inside","isDirectory":true,"isFile":false}]',
    control: false,
  },
  "walk: a link to a directory": {
    policy: INSIDE,
    trap: ({ inside, outside }) => {
      Deno.writeTextFileSync(`${outside}/secret!`, "");
      Deno.symlinkSync(outside, `${inside}/l`);
    },
    run: (f, { inside }) => f.walk(inside, follow),
    refusal: 'ok {"entries":[{"path":"$/inside/note.txt","kind":"file"}],"errors":[],"truncated":false}',
  },
  "walk: a denied directory is not an empty one": {
    policy: ROOT_READ,
    run: (f, { outside }) => f.walk(outside, follow),
    refusal: OS.denied,
    control: false,
  },
  "write: a link to a file": {
    policy: INSIDE,
    trap: ({ inside, outside }) => Deno.symlinkSync(`${outside}/secret.txt`, `${inside}/l`),
    run: (f, { inside }) => f.writeFile(`${inside}/l`, bytes("x")),
    refusal: OS.notFound,
  },
  "write: a dangling link": {
    policy: INSIDE,
    trap: ({ inside, outside }) => Deno.symlinkSync(`${outside}/new`, `${inside}/l`),
    run: (f, { inside }) => f.writeFile(`${inside}/l`, bytes("x")),
    refusal: OS.notFound,
  },
  "write: a dangling link to what may be read": {
    policy: ["r /", "w $/inside"],
    trap: ({ inside, outside }) => Deno.symlinkSync(`${outside}/new`, `${inside}/l`),
    run: (f, { inside }) => f.writeFile(`${inside}/l`, bytes("x")),
    refusal: OS.readOnly,
  },
  "write: outside every grant": {
    policy: INSIDE,
    run: (f, { outside }) => f.writeFile(`${outside}/new`, bytes("x")),
    refusal: OS.notFound,
  },
  "write: what may be read": {
    policy: ["r $", "w $/inside"],
    run: (f, { outside }) => f.writeFile(`${outside}/new`, bytes("x")),
    refusal: OS.readOnly,
  },
  "write: a link to read-only metadata": {
    policy: ["w $", "r $/outside"],
    trap: ({ inside }) => Deno.symlinkSync("../outside", `${inside}/g`),
    run: (f, { inside }) => f.writeFile(`${inside}/g/config`, bytes("x")),
    refusal: OS.readOnly,
  },
  "write: a hard link to a read-only file": {
    policy: ["w $", "r $/outside/secret.txt"],
    trap: ({ inside, outside }) => Deno.linkSync(`${outside}/secret.txt`, `${inside}/h`),
    run: (f, { inside }) => f.writeFile(`${inside}/h`, bytes("x")),
    refusal: OS.readOnly,
  },
  "write: /proc/self/root": {
    policy: ["r /", "w $/inside"],
    run: (f, { outside }) => f.writeFile(`/proc/self/root${outside}/new`, bytes("x")),
    refusal: OS.denied,
  },
  "write: the kernel's settings": {
    policy: ["w /", "r $/outside"],
    run: (f) => f.writeFile("/proc/sys/kernel/hostname", bytes("x")),
    refusal: OS.readOnly,
    control: false,
  },
  "make: behind a link": {
    policy: INSIDE,
    trap: ({ inside, outside }) => Deno.symlinkSync(outside, `${inside}/l`),
    run: (f, { inside }) => f.createDirectory(`${inside}/l/a/b`),
    refusal: OS.notFound,
  },
  "make: what a missing denied path lies in": {
    policy: ["r /", "w $", "d $/outside/x/y/z"],
    run: (f, { outside }) => f.createDirectory(`${outside}/x`),
    refusal: OS.readOnly,
  },
  "remove: behind a link": {
    policy: INSIDE,
    trap: ({ inside, outside }) => Deno.symlinkSync(outside, `${inside}/l`),
    run: (f, { inside }) => f.remove(`${inside}/l/secret.txt`, { force: true }),
    refusal: OS.notFound,
  },
  "remove: a tree with a link": {
    policy: INSIDE,
    trap: ({ inside, outside }) => {
      Deno.mkdirSync(`${inside}/t/d`, { recursive: true });
      Deno.symlinkSync(outside, `${inside}/t/d/l`);
      Deno.symlinkSync(`${outside}/secret.txt`, `${inside}/t/m`);
    },
    run: (f, { inside }) => f.remove(`${inside}/t`),
    refusal: "ok null",
    control: false,
  },
  "remove: the grant itself": {
    policy: INSIDE,
    run: (f, { inside }) => f.remove(inside),
    refusal: OS.busy,
    control: false,
  },
  "remove: what holds a denied directory": {
    policy: ["w $", "d $/outside/sub"],
    run: (f, { outside }) => f.remove(outside),
    refusal: OS.busy,
  },
  "copy: a link to a file, then read": {
    policy: INSIDE,
    trap: ({ inside, outside }) => Deno.symlinkSync(`${outside}/secret.txt`, `${inside}/l`),
    run: async (f, { inside }) => {
      await f.copy(`${inside}/l`, `${inside}/c`, single);
      return await f.readFile(`${inside}/c`);
    },
    refusal: OS.notFound,
  },
  "copy: from behind a link": {
    policy: INSIDE,
    trap: ({ inside, outside }) => Deno.symlinkSync(outside, `${inside}/l`),
    run: async (f, { inside }) => {
      await f.copy(`${inside}/l/secret.txt`, `${inside}/c`, single);
      return await f.readFile(`${inside}/c`);
    },
    refusal: OS.notFound,
  },
  "copy: onto a link": {
    policy: INSIDE,
    trap: ({ inside, outside }) => Deno.symlinkSync(`${outside}/secret.txt`, `${inside}/l`),
    run: (f, { inside }) => f.copy(`${inside}/note.txt`, `${inside}/l`, single),
    refusal: OS.notFound,
  },
  "copy: onto a dangling link": {
    policy: INSIDE,
    trap: ({ inside, outside }) => Deno.symlinkSync(`${outside}/new`, `${inside}/l`),
    run: (f, { inside }) => f.copy(`${inside}/note.txt`, `${inside}/l`, single),
    refusal: OS.notFound,
  },
  "copy: a tree behind a link": {
    policy: INSIDE,
    trap: ({ inside, outside }) => {
      Deno.mkdirSync(`${inside}/t`);
      Deno.writeTextFileSync(`${inside}/t/x`, "");
      Deno.symlinkSync(outside, `${inside}/l`);
    },
    run: (f, { inside }) => f.copy(`${inside}/t`, `${inside}/l/t`, tree),
    refusal: OS.notFound,
  },
  "copy: a tree onto one with links": {
    policy: INSIDE,
    trap: ({ inside, outside }) => {
      Deno.mkdirSync(`${inside}/t/d`, { recursive: true });
      Deno.writeTextFileSync(`${inside}/t/d/x`, "");
      Deno.mkdirSync(`${inside}/u`);
      Deno.symlinkSync(outside, `${inside}/u/d`);
    },
    run: (f, { inside }) => f.copy(`${inside}/t`, `${inside}/u`, tree),
    refusal: OS.notFound,
  },
  "copy: a tree with a link, then read": {
    policy: INSIDE,
    trap: ({ inside, outside }) => {
      Deno.mkdirSync(`${inside}/t`);
      Deno.symlinkSync(outside, `${inside}/t/l`);
    },
    run: async (f, { inside }) => {
      await f.copy(`${inside}/t`, `${inside}/u`, tree);
      return await f.readFile(`${inside}/u/l/secret.txt`);
    },
    refusal: OS.notFound,
  },
  "copy: a tree with a denied directory": {
    policy: ["w $", "d $/outside"],
    trap: ({ root, inside }) => Deno.renameSync(inside, `${root}/copy`),
    run: async (f, { root }) => {
      await f.copy(`${root}/outside`, `${root}/copy/x`, tree);
      return await f.readFile(`${root}/copy/x/secret.txt`);
    },
    refusal: OS.denied,
  },
  "rename: a denied directory's parent": {
    policy: ["r /", "w $", "d $/inside/t/priv"],
    trap: ({ inside }) => {
      Deno.mkdirSync(`${inside}/t/priv`, { recursive: true });
      Deno.writeTextFileSync(`${inside}/t/priv/k`, "secret!");
    },
    run: async (f, { inside }) => {
      await f.getMetadata(inside);
      Deno.renameSync(`${inside}/t`, `${inside}/t2`);
      return await f.readFile(`${inside}/t2/priv/k`);
    },
    refusal: OS.denied,
  },
  "rename: a read-only directory's parent": {
    policy: ["r /", "w $", "r $/outside/ro"],
    trap: ({ outside }) => Deno.mkdirSync(`${outside}/ro`),
    run: async (f, { outside }) => {
      await f.getMetadata(outside);
      Deno.renameSync(outside, `${outside}-2`);
      try {
        return await f.writeFile(`${outside}-2/ro/x`, bytes("x"));
      } finally {
        Deno.renameSync(`${outside}-2`, outside);
      }
    },
    refusal: OS.readOnly,
  },
};
