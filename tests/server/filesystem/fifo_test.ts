import { assertEquals } from "@std/assert";
import { assertRefused, bytes, filesystem, inTempDir, makeFifo, openDescriptors, OS } from "./support.ts";

Deno.test(
  "a fifo never blocks",
  inTempDir(async (dir) => {
    const fifo = `${dir}/fifo`;
    makeFifo(fifo);
    const notAFile = `path \`${fifo}\` is not a file`;
    await assertRefused(() => filesystem.readFile(fifo), -32600, notAFile);
    await assertRefused(
      () => filesystem.readFile(fifo, { followSymlinks: false }),
      -32600,
      "path is not a regular file",
    );
    await assertRefused(() => filesystem.open(fifo), -32600, notAFile);
    await assertRefused(() => filesystem.writeFile(fifo, bytes("x")), ...OS.noDevice);
    await assertRefused(() => filesystem.open(fifo, { mode: "replace" }), ...OS.noDevice);
    Deno.writeTextFileSync(`${dir}/f`, "x");
    await assertRefused(() => filesystem.copy(`${dir}/f`, fifo, { recursive: false }), ...OS.noDevice);
  }),
);

Deno.test(
  "a fifo swapped in for a file never blocks",
  inTempDir(async (dir) => {
    makeFifo(`${dir}/fifo`);
    Deno.writeTextFileSync(`${dir}/file`, "x");
    const base = openDescriptors();
    const path = `${dir}/p`;
    const swap = setInterval(() => {
      for (const target of ["fifo", "file"]) {
        Deno.symlinkSync(target, `${dir}/tmp`);
        Deno.renameSync(`${dir}/tmp`, path);
      }
    }, 0);
    Deno.symlinkSync("file", path);
    const outcomes = new Set<string>();
    for (let i = 0; i < 300; i++) {
      await Promise.all([filesystem.readFile(path), filesystem.open(path).then((file) => file.close())]).then(
        () => outcomes.add("read"),
        (error) => outcomes.add(error.message),
      );
    }
    clearInterval(swap);
    outcomes.delete("read");
    outcomes.delete(`path \`${path}\` is not a file`);
    assertEquals([...outcomes], []);
    assertEquals(openDescriptors(), base);
  }),
);
