import { assertEquals } from "@std/assert";
import type { WalkOptions } from "../../../protocol/mod.ts";
import { assertRefused, filesystem, inTempDir, makeFifo, OS } from "./support.ts";

const ALL: WalkOptions = {
  maxDepth: 10,
  maxDirectories: 100,
  maxEntries: 100,
  followDirectorySymlinks: false,
  pruneHiddenDirectories: false,
};

function makeTree(dir: string): string {
  const root = `${dir}/t`;
  Deno.mkdirSync(`${root}/a/b`, { recursive: true });
  Deno.mkdirSync(`${root}/.hid/x`, { recursive: true });
  for (const name of ["z", "a/f", ".hid/h", "a/b/g"]) Deno.writeTextFileSync(`${root}/${name}`, "1");
  Deno.symlinkSync("z", `${root}/lz`);
  Deno.symlinkSync("a", `${root}/la`);
  return root;
}

const CASES: [name: string, options: Partial<WalkOptions>, names: string, truncated: boolean][] = [
  ["everything", {}, ".hid/ a/ z .hid/h .hid/x/ a/b/ a/f a/b/g", false],
  ["hidden pruned", { pruneHiddenDirectories: true }, ".hid/ a/ z a/b/ a/f a/b/g", false],
  ["links followed", { followDirectorySymlinks: true }, ".hid/ a/ la/ z .hid/h .hid/x/ a/b/ a/f a/b/g", false],
  ["depth 0", { maxDepth: 0 }, ".hid/ a/ z", false],
  ["depth 1", { maxDepth: 1 }, ".hid/ a/ z .hid/h .hid/x/ a/b/ a/f", false],
  ["1 directory", { maxDirectories: 1 }, ".hid/ a/ z", true],
  ["2 directories", { maxDirectories: 2 }, ".hid/ a/ z .hid/h .hid/x/", true],
  ["all 5 directories", { maxDirectories: 5 }, ".hid/ a/ z .hid/h .hid/x/ a/b/ a/f a/b/g", false],
  ["3 entries, a link among them", { maxEntries: 3 }, ".hid/ a/", true],
  ["exactly all 10 entries", { maxEntries: 10 }, ".hid/ a/ z .hid/h .hid/x/ a/b/ a/f a/b/g", false],
  ["one entry less", { maxEntries: 9 }, ".hid/ a/ z .hid/h .hid/x/ a/b/ a/f", true],
];

for (const [name, options, names, truncated] of CASES) {
  Deno.test(
    `walk() with ${name}`,
    inTempDir(async (dir) => {
      const root = makeTree(dir);
      const result = await filesystem.walk(root, { ...ALL, ...options });
      const found = result.entries.map(({ path, kind }) =>
        path.slice(root.length + 1) + (kind === "directory" ? "/" : "")
      );
      assertEquals({ names: found.join(" "), truncated: result.truncated, errors: result.errors }, {
        names,
        truncated,
        errors: [],
      });
    }),
  );
}

Deno.test(
  "walk() of something that is no directory",
  inTempDir(async (dir) => {
    const root = makeTree(dir);
    makeFifo(`${dir}/fifo`);
    const nothing = { entries: [], errors: [], truncated: false };
    for (const path of [`${root}/z`, `${root}/la`, `${dir}/fifo`]) {
      assertEquals(await filesystem.walk(path, ALL), nothing);
    }
    assertEquals((await filesystem.walk(`${root}/la`, { ...ALL, followDirectorySymlinks: true })).entries.length, 3);
    await assertRefused(() => filesystem.walk(`${root}/nope`, ALL), ...OS.notFound);
  }),
);

Deno.test(
  "walk() follows a cycle of links once and sorts by bytes",
  inTempDir(async (dir) => {
    Deno.mkdirSync(`${dir}/d`);
    Deno.symlinkSync("..", `${dir}/d/up`);
    for (const name of ["\uFFFD", "\u{1F600}", "B", "a"]) Deno.writeTextFileSync(`${dir}/${name}`, "");
    const { entries } = await filesystem.walk(dir, { ...ALL, followDirectorySymlinks: true });
    const names = entries.map(({ path }) => path.slice(dir.length + 1));
    assertEquals(names, ["B", "a", "d", "\uFFFD", "\u{1F600}", "d/up"]);
  }),
);

Deno.test(
  "walk() reports directories that cannot be entered and goes on",
  inTempDir(async (dir) => {
    // refused to root as well: a name that is not UTF-8 cannot be spelled
    new Deno.Command("sh", { args: ["-c", `mkdir "$(printf 'a\\377')"; : > b`], cwd: dir }).outputSync();
    const { entries, errors } = await filesystem.walk(dir, ALL);
    assertEquals(entries.map(({ path }) => path.slice(dir.length + 1)), ["a\uFFFD", "b"]);
    assertEquals(errors, [{ path: `${dir}/a\uFFFD`, message: "No such file or directory (os error 2)" }]);
  }),
);

Deno.test("walk() refuses limits of zero and beyond the maximum", async () => {
  const zero = "filesystem walk limits must be greater than zero";
  const most = "filesystem walk limits exceed maximums: depth=64, directories=10000, entries=50000";
  await assertRefused(() => filesystem.walk("/", { ...ALL, maxDirectories: 0 }), -32600, zero);
  await assertRefused(() => filesystem.walk("/", { ...ALL, maxEntries: 0 }), -32600, zero);
  await assertRefused(() => filesystem.walk("/", { ...ALL, maxDepth: 65 }), -32600, most);
  await assertRefused(() => filesystem.walk("/", { ...ALL, maxDirectories: 10_001 }), -32600, most);
  await assertRefused(() => filesystem.walk("/", { ...ALL, maxEntries: 50_001 }), -32600, most);
});
