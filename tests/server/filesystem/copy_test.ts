import { assertEquals } from "@std/assert";
import { assertRefused, filesystem, inTempDir, makeFifo, OS } from "./support.ts";

const INTO_ITSELF = "fs/copy cannot copy a directory to itself or one of its descendants";
const tree = { recursive: true };
const single = { recursive: false };

Deno.test(
  "copy() of a file takes content and permission bits and follows the destination",
  inTempDir(async (dir) => {
    Deno.writeTextFileSync(`${dir}/f`, "content");
    Deno.chmodSync(`${dir}/f`, 0o540);
    await filesystem.copy(`${dir}/f`, `${dir}/new`, single);
    Deno.writeTextFileSync(`${dir}/old`, "something much longer");
    Deno.symlinkSync("old", `${dir}/link`);
    await filesystem.copy(`${dir}/f`, `${dir}/link`, single);
    for (const name of ["new", "old"]) {
      assertEquals(Deno.readTextFileSync(`${dir}/${name}`), "content");
      assertEquals((Deno.lstatSync(`${dir}/${name}`).mode ?? 0) & 0o7777, 0o540);
    }
  }),
);

Deno.test(
  "copy() of a file onto itself leaves it as it is, under any name",
  inTempDir(async (dir) => {
    Deno.writeTextFileSync(`${dir}/f`, "content");
    Deno.linkSync(`${dir}/f`, `${dir}/hard`);
    Deno.symlinkSync("f", `${dir}/soft`);
    for (const name of ["f", "hard", "soft"]) await filesystem.copy(`${dir}/f`, `${dir}/${name}`, single);
    assertEquals(Deno.readTextFileSync(`${dir}/f`), "content");
  }),
);

Deno.test(
  "copy() of a link repeats the link",
  inTempDir(async (dir) => {
    Deno.symlinkSync("nowhere", `${dir}/link`);
    await filesystem.copy(`${dir}/link`, `${dir}/again`, single);
    assertEquals(Deno.readLinkSync(`${dir}/again`), "nowhere");
    await assertRefused(() => filesystem.copy(`${dir}/link`, `${dir}/again`, single), ...OS.exists);
  }),
);

Deno.test(
  "copy() of a tree merges directories, replaces files and skips special files",
  inTempDir(async (dir) => {
    Deno.mkdirSync(`${dir}/from/sub/empty`, { recursive: true });
    Deno.writeTextFileSync(`${dir}/from/sub/f`, "new");
    Deno.symlinkSync("f", `${dir}/from/sub/link`);
    makeFifo(`${dir}/from/fifo`);
    Deno.mkdirSync(`${dir}/to/sub`, { recursive: true });
    Deno.writeTextFileSync(`${dir}/to/sub/f`, "old content");
    Deno.writeTextFileSync(`${dir}/to/sub/kept`, "kept");
    await filesystem.copy(`${dir}/from`, `${dir}/to`, tree);
    assertEquals(Deno.readTextFileSync(`${dir}/to/sub/f`), "new");
    assertEquals(Deno.readTextFileSync(`${dir}/to/sub/kept`), "kept");
    assertEquals(Deno.readLinkSync(`${dir}/to/sub/link`), "f");
    assertEquals(Deno.statSync(`${dir}/to/sub/empty`).isDirectory, true);
    assertEquals([...Deno.readDirSync(`${dir}/to`)].map(({ name }) => name), ["sub"]);
    await assertRefused(() => filesystem.copy(`${dir}/from`, `${dir}/to`, tree), ...OS.exists);
    await filesystem.copy(`${dir}/from/sub/empty`, `${dir}/with/new/parents`, tree);
    assertEquals(Deno.statSync(`${dir}/with/new/parents`).isDirectory, true);
  }),
);

Deno.test(
  "copy() errors",
  inTempDir(async (dir) => {
    Deno.mkdirSync(`${dir}/d/s`, { recursive: true });
    Deno.writeTextFileSync(`${dir}/f`, "x");
    Deno.symlinkSync("d", `${dir}/link`);
    makeFifo(`${dir}/fifo`);
    await assertRefused(() => filesystem.copy(`${dir}/nope`, `${dir}/q`, single), ...OS.notFound);
    await assertRefused(() => filesystem.copy(`${dir}/f`, `${dir}/no/q`, single), ...OS.notFound);
    await assertRefused(() => filesystem.copy(`${dir}/f`, `${dir}/d`, single), ...OS.isDirectory);
    const needed = "fs/copy requires recursive: true when sourcePath is a directory";
    await assertRefused(() => filesystem.copy(`${dir}/d`, `${dir}/q`, single), -32600, needed);
    for (const to of ["d", "d/s/new", "link", "link/new"]) {
      await assertRefused(() => filesystem.copy(`${dir}/d`, `${dir}/${to}`, tree), -32600, INTO_ITSELF);
    }
    await assertRefused(() => filesystem.copy(`${dir}/d`, `${dir}/f`, tree), ...OS.exists);
    const unsupported = "fs/copy only supports regular files, directories, and symlinks";
    await assertRefused(() => filesystem.copy(`${dir}/fifo`, `${dir}/q`, tree), -32600, unsupported);
  }),
);
