import { assertEquals } from "@std/assert";
import { assertRefused, filesystem, inTempDir, makeFifo, OS } from "./support.ts";

Deno.test(
  "createDirectory() makes parents unless told otherwise",
  inTempDir(async (dir) => {
    await filesystem.createDirectory(`${dir}/a/b/c`);
    await filesystem.createDirectory(`${dir}/a/b/c`, { recursive: null });
    Deno.symlinkSync("a", `${dir}/link`);
    await filesystem.createDirectory(`${dir}/link`);
    assertEquals((Deno.statSync(`${dir}/a/b`).mode ?? 0) & 0o7777, 0o777 & ~Deno.umask());
    Deno.writeTextFileSync(`${dir}/f`, "");
    await assertRefused(() => filesystem.createDirectory(`${dir}/a`, { recursive: false }), ...OS.exists);
    await assertRefused(() => filesystem.createDirectory(`${dir}/no/x`, { recursive: false }), ...OS.notFound);
    await assertRefused(() => filesystem.createDirectory(`${dir}/f`), ...OS.exists);
    await assertRefused(() => filesystem.createDirectory(`${dir}/f/x`), ...OS.notDirectory);
  }),
);

Deno.test(
  "readDirectory() follows links and leaves out those that lead nowhere",
  inTempDir(async (dir) => {
    Deno.mkdirSync(`${dir}/d`);
    Deno.writeTextFileSync(`${dir}/f`, "");
    makeFifo(`${dir}/fifo`);
    Deno.symlinkSync("d", `${dir}/to-d`);
    Deno.symlinkSync("f", `${dir}/to-f`);
    Deno.symlinkSync("nope", `${dir}/broken`);
    Deno.symlinkSync("loop", `${dir}/loop`);
    const entries = await filesystem.readDirectory(dir);
    entries.sort((a, b) => a.fileName < b.fileName ? -1 : 1);
    assertEquals(entries, [
      { fileName: "d", isDirectory: true, isFile: false },
      { fileName: "f", isDirectory: false, isFile: true },
      { fileName: "fifo", isDirectory: false, isFile: false },
      { fileName: "to-d", isDirectory: true, isFile: false },
      { fileName: "to-f", isDirectory: false, isFile: true },
    ]);
    await assertRefused(() => filesystem.readDirectory(`${dir}/nope`), ...OS.notFound);
    await assertRefused(() => filesystem.readDirectory(`${dir}/f`), ...OS.notDirectory);
  }),
);

Deno.test(
  "readDirectory() gives names that are not UTF-8 with U+FFFD",
  inTempDir(async (dir) => {
    new Deno.Command("sh", { args: ["-c", `: > "$(printf 'a\\377b')"`], cwd: dir }).outputSync();
    assertEquals(await filesystem.readDirectory(dir), [{ fileName: "a\uFFFDb", isDirectory: false, isFile: true }]);
  }),
);

Deno.test(
  "remove() removes trees, links themselves, and hides only a missing path",
  inTempDir(async (dir) => {
    Deno.mkdirSync(`${dir}/d/s`, { recursive: true });
    Deno.writeTextFileSync(`${dir}/d/s/f`, "");
    Deno.writeTextFileSync(`${dir}/f`, "");
    Deno.symlinkSync("d", `${dir}/link`);
    await assertRefused(() => filesystem.remove(`${dir}/d`, { recursive: false }), ...OS.notEmpty);
    await filesystem.remove(`${dir}/link`);
    assertEquals(Deno.statSync(`${dir}/d/s/f`).isFile, true);
    await filesystem.remove(`${dir}/d`);
    await filesystem.remove(`${dir}/d`);
    await assertRefused(() => filesystem.remove(`${dir}/d`, { force: false }), ...OS.notFound);
    await assertRefused(() => filesystem.remove(`${dir}/f/x`), ...OS.notDirectory);
    await filesystem.remove(`${dir}/f`, { recursive: false, force: false });
    assertEquals([...Deno.readDirSync(dir)], []);
  }),
);
