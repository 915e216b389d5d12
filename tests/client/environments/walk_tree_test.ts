import { assert, assertEquals, assertRejects } from "@std/assert";
import { ancestors, findUp } from "../../../client/environments/find_up.ts";
import { pipeline } from "../../../client/environments/pipeline.ts";
import { walkTree, type WalkTreeOptions } from "../../../client/environments/walk_tree.ts";
import { LIMITS, RpcError } from "../../../protocol/mod.ts";
import { LocalFilesystem } from "../../../server/mod.ts";
import { tempDir } from "../../support/temp_dir.ts";
import { countingFilesystem } from "./counting_filesystem.ts";

async function walk(root: string, options?: WalkTreeOptions): Promise<string[]> {
  const found = await Array.fromAsync(walkTree(new LocalFilesystem(), root, options));
  return found.map(({ path, kind }) => path.slice(root.length) + (kind === "directory" ? "/" : ""));
}

async function tree(root: string): Promise<void> {
  for (const path of ["b/c", "a", ".hidden"]) await Deno.mkdir(`${root}/${path}`, { recursive: true });
  for (const path of ["z", "b/y", "b/c/x", "a/w", ".hidden/v"]) await Deno.writeTextFile(`${root}/${path}`, "");
  await Deno.symlink(`${root}/b`, `${root}/link`);
  await Deno.symlink(root, `${root}/a/loop`);
  await Deno.symlink("nowhere", `${root}/dangling`);
}

Deno.test("walkTree: breadth first, sorted, links to directories listed and not entered", async () => {
  await using dir = await tempDir();
  await tree(dir.path);
  assertEquals(await walk(dir.path), [
    ...["/.hidden/", "/a/", "/b/", "/link/", "/z"],
    ...["/.hidden/v", "/a/loop/", "/a/w", "/b/c/", "/b/y"],
    "/b/c/x",
  ]);
});

Deno.test("walkTree: depth, links and what is entered can be chosen", async () => {
  await using dir = await tempDir();
  await tree(dir.path);
  assertEquals(await walk(dir.path, { maxDepth: 0 }), ["/.hidden/", "/a/", "/b/", "/link/", "/z"]);
  const entered = await walk(dir.path, { enter: (path) => path.endsWith("/b") });
  assertEquals(entered.slice(5), ["/b/c/", "/b/y"]);
  const followed = await walk(dir.path, { followDirectorySymlinks: true, maxDepth: 1 });
  assert(followed.includes("/link/y"), String(followed));
});

Deno.test("walkTree: reads directories of one depth together, within the bound", async () => {
  await using dir = await tempDir();
  const count = LIMITS.maxPipelinedCalls * 2;
  for (let i = 0; i < count; i++) await Deno.mkdir(`${dir.path}/d${i}`);
  const { filesystem, calls, most } = countingFilesystem(new LocalFilesystem());
  assertEquals((await Array.fromAsync(walkTree(filesystem, dir.path))).length, count);
  assertEquals(most(), LIMITS.maxPipelinedCalls);
  assertEquals(calls.length, 1 + 2 * count);
});

Deno.test("walkTree: a root that is missing is an error", async () => {
  await assertRejects(() => walk("/nowhere-such"), RpcError, "No such file or directory (os error 2)");
});

Deno.test("findUp: the nearest directory that holds one of the names", async () => {
  await using dir = await tempDir();
  await Deno.mkdir(`${dir.path}/a/b/c`, { recursive: true });
  await Deno.writeTextFile(`${dir.path}/one`, "");
  await Deno.mkdir(`${dir.path}/a/two`);
  const filesystem = new LocalFilesystem();
  const find = (...names: string[]) => findUp(filesystem, `${dir.path}/a/b/c/`, names);
  assertEquals(await find("one"), dir.path);
  assertEquals(await find("one", "two"), `${dir.path}/a`);
  assertEquals(await find("none-such-anywhere"), undefined);
  assertEquals(await find(), undefined);
});

Deno.test("ancestors: up to the root, which has none", () => {
  assertEquals(ancestors("/a/bc/d"), ["/a/bc/d", "/a/bc", "/a", "/"]);
  assertEquals(ancestors("/a"), ["/a", "/"]);
  assertEquals(ancestors("/"), ["/"]);
});

Deno.test("pipeline: results in the order of the items, failures at their turn, no more than the bound at once", async () => {
  let open = 0, most = 0;
  const gates = new Map([5, 4, 3, 2, 1].map((item) => [item, Promise.withResolvers<void>()]));
  const results: number[] = [];
  const run = (async () => {
    for await (const result of pipeline(gates.keys(), 3, work)) results.push(result);
  })();
  async function work(item: number): Promise<number> {
    most = Math.max(most, ++open);
    await gates.get(item)?.promise;
    open--;
    if (item === 1) throw new Error("one");
    return item;
  }
  for (const item of [3, 4, 5, 1, 2]) gates.get(item)?.resolve();
  await assertRejects(() => run, Error, "one");
  assertEquals({ results, most }, { results: [5, 4, 3, 2], most: 3 });
});
