import { assert, assertEquals } from "@std/assert";
import { type Filesystem, RpcError } from "../../protocol/mod.ts";
import { LocalFilesystem } from "../../server/filesystem/local_filesystem.ts";
import { makeFifo } from "../server/filesystem/support.ts";
import { tempDir } from "../support/temp_dir.ts";
import { bytes, policyOf, snapshot } from "./support.ts";
import { HelperPool } from "../../sandbox/helper_pool.ts";

type Operation = (files: Filesystem, d: string) => unknown;

const walkAll = {
  maxDepth: 64,
  maxDirectories: 1000,
  maxEntries: 1000,
  followDirectorySymlinks: false,
  pruneHiddenDirectories: false,
};
const tree = { recursive: true }, single = { recursive: false }, noFollow = { followSymlinks: false };

/** Each runs on a tree of its own; results, errors and the tree afterwards must be the same. */
const OPERATIONS: Readonly<Record<string, Operation>> = {
  "read a file": (f, d) => f.readFile(`${d}/f`),
  "read an empty file": (f, d) => f.readFile(`${d}/empty`),
  "read a missing file": (f, d) => f.readFile(`${d}/none`),
  "read below a missing directory": (f, d) => f.readFile(`${d}/none/x`),
  "read below a file": (f, d) => f.readFile(`${d}/f/x`),
  "read a directory": (f, d) => f.readFile(`${d}/dir`),
  "read a fifo": (f, d) => f.readFile(`${d}/fifo`),
  "read through a link": (f, d) => f.readFile(`${d}/link`),
  "read through a chain": (f, d) => f.readFile(`${d}/chain`),
  "read through a directory link": (f, d) => f.readFile(`${d}/dirlink/in`),
  "read through an absolute link": (f, d) => f.readFile(`${d}/absolute/in`),
  "read through a link with ..": (f, d) => f.readFile(`${d}/dir/up`),
  "read a dangling link": (f, d) => f.readFile(`${d}/dangling`),
  "read a loop": (f, d) => f.readFile(`${d}/loop`),
  "read with ..": (f, d) => f.readFile(`${d}/dir/../f`),
  "read with link and ..": (f, d) => f.readFile(`${d}/dirlink/../f`),
  "read with . and slashes": (f, d) => f.readFile(`${d}/.//dir/./in`),
  "read with a trailing slash": (f, d) => f.readFile(`${d}/f/`),
  "read a long name": (f, d) => f.readFile(`${d}/${"x".repeat(256)}`),
  "read a long path": (f, d) => f.readFile(d + "/x".repeat(2100)),
  "read a name with NUL": (f, d) => f.readFile(`${d}/a\0b`),
  "read without following": (f, d) => f.readFile(`${d}/dir/in`, noFollow),
  "read a link without following": (f, d) => f.readFile(`${d}/link`, noFollow),
  "read behind a link without following": (f, d) => f.readFile(`${d}/dirlink/in`, noFollow),
  "read a directory without following": (f, d) => f.readFile(`${d}/dir`, noFollow),
  "read a fifo without following": (f, d) => f.readFile(`${d}/fifo`, noFollow),
  "write a new file": (f, d) => f.writeFile(`${d}/new`, bytes("new")),
  "write an empty file": (f, d) => f.writeFile(`${d}/new`, bytes("")),
  "write over a file": (f, d) => f.writeFile(`${d}/f`, bytes("x")),
  "write through a link": (f, d) => f.writeFile(`${d}/chain`, bytes("x")),
  "write through a dangling link": (f, d) => f.writeFile(`${d}/dangling`, bytes("x")),
  "write through a loop": (f, d) => f.writeFile(`${d}/loop`, bytes("x")),
  "write a directory": (f, d) => f.writeFile(`${d}/dir`, bytes("x")),
  "write below a missing directory": (f, d) => f.writeFile(`${d}/none/x`, bytes("x")),
  "write below a file": (f, d) => f.writeFile(`${d}/f/x`, bytes("x")),
  "write a fifo": (f, d) => f.writeFile(`${d}/fifo`, bytes("x")),
  "write without following": (f, d) => f.writeFile(`${d}/dir/in`, bytes("x"), noFollow),
  "write a link without following": (f, d) => f.writeFile(`${d}/link`, bytes("x"), noFollow),
  "write behind a link without following": (f, d) => f.writeFile(`${d}/dirlink/x`, bytes("x"), noFollow),
  "make a directory": (f, d) => f.createDirectory(`${d}/new`),
  "make directories": (f, d) => f.createDirectory(`${d}/new/a/b`),
  "make directories behind a link": (f, d) => f.createDirectory(`${d}/dirlink/a/b`),
  "make directories behind a dangling link": (f, d) => f.createDirectory(`${d}/dangling/a`),
  "make a dangling link": (f, d) => f.createDirectory(`${d}/dangling`),
  "make directories below a file": (f, d) => f.createDirectory(`${d}/f/a`),
  "make an existing directory": (f, d) => f.createDirectory(`${d}/dir`),
  "make an existing file": (f, d) => f.createDirectory(`${d}/f`),
  "make a link to a directory": (f, d) => f.createDirectory(`${d}/dirlink`),
  "make one existing directory": (f, d) => f.createDirectory(`${d}/dir`, single),
  "make one link to a directory": (f, d) => f.createDirectory(`${d}/dirlink`, single),
  "make one below a missing one": (f, d) => f.createDirectory(`${d}/none/a`, single),
  "make one": (f, d) => f.createDirectory(`${d}/new`, single),
  "make without following": (f, d) => f.createDirectory(`${d}/dir/a/b`, noFollow),
  "make behind a link without following": (f, d) => f.createDirectory(`${d}/dirlink/a`, noFollow),
  "make a link without following": (f, d) => f.createDirectory(`${d}/dirlink`, noFollow),
  "metadata of a file": (f, d) => f.getMetadata(`${d}/f`),
  "metadata of a directory": (f, d) => f.getMetadata(`${d}/dir`),
  "metadata of a link": (f, d) => f.getMetadata(`${d}/chain`),
  "metadata behind a link": (f, d) => f.getMetadata(`${d}/dirlink/in`),
  "metadata of a directory link": (f, d) => f.getMetadata(`${d}/dirlink`),
  "metadata of a dangling link": (f, d) => f.getMetadata(`${d}/dangling`),
  "metadata of a loop": (f, d) => f.getMetadata(`${d}/loop`),
  "metadata of a fifo": (f, d) => f.getMetadata(`${d}/fifo`),
  "metadata of a link without following": (f, d) => f.getMetadata(`${d}/link`, noFollow),
  "metadata of a directory without following": (f, d) => f.getMetadata(`${d}/dir`, noFollow),
  "list a directory": (f, d) => f.readDirectory(d),
  "list behind a link": (f, d) => f.readDirectory(`${d}/dirlink`),
  "list a file": (f, d) => f.readDirectory(`${d}/f`),
  "list a missing directory": (f, d) => f.readDirectory(`${d}/none`),
  "canonicalize": (f, d) => f.canonicalize(`${d}/dirlink/../chain`),
  "canonicalize a directory link": (f, d) => f.canonicalize(`${d}/dirlink/`),
  "canonicalize a missing file": (f, d) => f.canonicalize(`${d}/none`),
  "canonicalize a loop": (f, d) => f.canonicalize(`${d}/loop`),
  "walk": (f, d) => f.walk(d, walkAll),
  "walk and follow": (f, d) => f.walk(d, { ...walkAll, followDirectorySymlinks: true }),
  "walk a directory link": (f, d) => f.walk(`${d}/dirlink`, walkAll),
  "walk a directory link and follow": (f, d) => f.walk(`${d}/dirlink`, { ...walkAll, followDirectorySymlinks: true }),
  "walk a file": (f, d) => f.walk(`${d}/f`, walkAll),
  "walk a missing directory": (f, d) => f.walk(`${d}/none`, walkAll),
  "walk one level": (f, d) => f.walk(d, { ...walkAll, maxDepth: 0 }),
  "walk one directory": (f, d) => f.walk(d, { ...walkAll, maxDirectories: 1 }),
  "walk three entries": (f, d) => f.walk(d, { ...walkAll, maxEntries: 3 }),
  "walk without hidden ones": (f, d) => f.walk(d, { ...walkAll, pruneHiddenDirectories: true }),
  "walk too much": (f, d) => f.walk(d, { ...walkAll, maxDepth: 65 }),
  "remove a file": (f, d) => f.remove(`${d}/f`),
  "remove a link": (f, d) => f.remove(`${d}/dirlink`),
  "remove behind a link": (f, d) => f.remove(`${d}/dirlink/in`),
  "remove a tree": (f, d) => f.remove(`${d}/dir`),
  "remove a full directory alone": (f, d) => f.remove(`${d}/dir`, single),
  "remove an empty directory alone": (f, d) => f.remove(`${d}/dir/sub/deep`, single),
  "remove a missing file": (f, d) => f.remove(`${d}/none`),
  "remove a missing file without force": (f, d) => f.remove(`${d}/none`, { force: false }),
  "remove below a file": (f, d) => f.remove(`${d}/f/x`),
  "remove a fifo": (f, d) => f.remove(`${d}/fifo`),
  "remove a tree without following": (f, d) => f.remove(`${d}/dir`, noFollow),
  "remove without following": (f, d) => f.remove(`${d}/dir/in`, { ...noFollow, recursive: false }),
  "remove behind a link without following": (f, d) => f.remove(`${d}/dirlink/in`, { ...noFollow, recursive: false }),
  "copy a file": (f, d) => f.copy(`${d}/f`, `${d}/new`, single),
  "copy over a file": (f, d) => f.copy(`${d}/f`, `${d}/dir/in`, single),
  "copy over a read-only mode": (f, d) => f.copy(`${d}/f`, `${d}/empty`, single),
  "copy onto itself": (f, d) => f.copy(`${d}/f`, `${d}/link`, single),
  "copy through a link": (f, d) => f.copy(`${d}/f`, `${d}/dirlink/in`, single),
  "copy to a dangling link": (f, d) => f.copy(`${d}/f`, `${d}/dangling`, single),
  "copy over a directory": (f, d) => f.copy(`${d}/f`, `${d}/dir`, single),
  "copy a link": (f, d) => f.copy(`${d}/chain`, `${d}/new`, single),
  "copy a link over a file": (f, d) => f.copy(`${d}/chain`, `${d}/f`, single),
  "copy a dangling link": (f, d) => f.copy(`${d}/dangling`, `${d}/new`, single),
  "copy a fifo": (f, d) => f.copy(`${d}/fifo`, `${d}/new`, single),
  "copy a missing file": (f, d) => f.copy(`${d}/none`, `${d}/new`, single),
  "copy to a missing directory": (f, d) => f.copy(`${d}/f`, `${d}/none/x`, single),
  "copy a tree": (f, d) => f.copy(`${d}/dir`, `${d}/new`, tree),
  "copy a tree deeper": (f, d) => f.copy(`${d}/dir`, `${d}/new/a/b`, tree),
  "copy a tree into another": (f, d) => f.copy(`${d}/dir`, `${d}/other`, tree),
  "copy a tree over a file": (f, d) => f.copy(`${d}/dir`, `${d}/f`, tree),
  "copy a tree alone": (f, d) => f.copy(`${d}/dir`, `${d}/new`, single),
  "copy a tree into itself": (f, d) => f.copy(`${d}/dir`, `${d}/dir/sub/new`, tree),
  "copy a tree into itself through a link": (f, d) => f.copy(`${d}/dir`, `${d}/dirlink/new`, tree),
  "copy a tree onto itself": (f, d) => f.copy(`${d}/dir`, `${d}/dirlink`, tree),
  "copy a directory link": (f, d) => f.copy(`${d}/dirlink`, `${d}/new`, tree),
  "open and read": async (f, d) => {
    const file = await f.open(`${d}/f`);
    const blocks = [await file.readBlock(0, 3), await file.readBlock(2, 100), await file.readBlock(50, 1)];
    await file.close();
    return blocks;
  },
  "open and replace": async (f, d) => {
    const file = await f.open(`${d}/f`, { mode: "replace" });
    await file.writeBlock(3, bytes("end"));
    await file.writeBlock(0, bytes("st"));
    await file.close();
  },
  "open and read too much": async (f, d) => await (await f.open(`${d}/f`)).readBlock(0, 2 ** 20 + 1),
  "open and read far behind": async (f, d) => await (await f.open(`${d}/f`)).readBlock(2 ** 63, 1),
  "open and write without the right": async (f, d) => await (await f.open(`${d}/f`)).writeBlock(0, bytes("x")),
  "open a directory": (f, d) => f.open(`${d}/dir`),
  "open a fifo": (f, d) => f.open(`${d}/fifo`),
  "open a missing file": (f, d) => f.open(`${d}/none`),
  "replace a directory": (f, d) => f.open(`${d}/dir`, { mode: "replace" }),
};

function plant(d: string): void {
  Deno.mkdirSync(`${d}/dir/sub/deep`, { recursive: true });
  Deno.mkdirSync(`${d}/other/sub`, { recursive: true });
  Deno.mkdirSync(`${d}/.hidden/x`, { recursive: true });
  Deno.writeTextFileSync(`${d}/f`, "content", { mode: 0o640 });
  Deno.writeTextFileSync(`${d}/empty`, "");
  Deno.writeTextFileSync(`${d}/dir/in`, "inner content");
  Deno.writeTextFileSync(`${d}/dir/sub/é 😀`, "x", { mode: 0o500 });
  Deno.writeTextFileSync(`${d}/other/in`, "longer than what comes");
  Deno.symlinkSync("f", `${d}/link`);
  Deno.symlinkSync("dirlink/../link", `${d}/chain`);
  Deno.symlinkSync("dir/.", `${d}/dirlink`);
  Deno.symlinkSync(`${d}/dir`, `${d}/absolute`);
  Deno.symlinkSync("../f", `${d}/dir/up`);
  Deno.symlinkSync("target", `${d}/dangling`);
  Deno.symlinkSync("loop", `${d}/loop`);
  makeFifo(`${d}/fifo`);
  makeFifo(`${d}/dir/fifo`);
}

async function run(operation: Operation, files: Filesystem, directory: string): Promise<unknown> {
  try {
    return normal(await operation(files, directory) ?? "nothing", directory);
  } catch (error) {
    if (!(error instanceof RpcError)) throw error;
    return `${error.code} ${error.message.replaceAll(directory, "$")}`;
  }
}

/** Without what differs between two trees: their place, their times and the order of names. */
function normal(value: unknown, directory: string): unknown {
  const text = JSON.stringify(value, (key, item) => {
    if (key === "createdAtMs" || key === "modifiedAtMs") return Math.abs(Date.now() - item) < 60_000;
    if (item instanceof Uint8Array) return new TextDecoder().decode(item);
    return Array.isArray(item) && item[0]?.fileName !== undefined
      ? item.toSorted((a, b) => a.fileName < b.fileName ? -1 : 1)
      : item;
  });
  return JSON.parse(text.replaceAll(directory, "$"));
}

/** The original does not tell either; directories have sizes that depend on the disk. */
const WALLS = {
  "descriptors and Landlock": { descriptors: true, landlock: true },
  "descriptors alone": { descriptors: true, landlock: false },
};

for (const [name, walls] of Object.entries(WALLS)) {
  Deno.test({
    name: `sandboxed operations: with ${name} they do what the unsandboxed ones do`,
    ignore: Deno.build.os !== "linux",
    fn: async () => {
      const local = new LocalFilesystem();
      const pool = new HelperPool({ walls });
      try {
        await using dir = await tempDir();
        const files = pool.filesystem(policyOf(`w ${dir.path}`));
        assert((await pool.walls(policyOf(`w ${dir.path}`))).descriptors);
        for (const [what, operation] of Object.entries(OPERATIONS)) {
          const [a, b] = [`${dir.path}/a`, `${dir.path}/b`];
          for (const tree of [a, b]) {
            Deno.mkdirSync(tree);
            plant(tree);
          }
          const expected = await run(operation, local, a);
          const found = await run(operation, files, b);
          const after = JSON.stringify(snapshot(a)).replaceAll(a, "$");
          assertEquals([what, found], [what, expected]);
          assertEquals([what, JSON.stringify(snapshot(b)).replaceAll(b, "$")], [what, after]);
          for (const tree of [a, b]) Deno.removeSync(tree, { recursive: true });
        }
      } finally {
        await pool.close();
      }
    },
  });
}
