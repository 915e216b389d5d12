import { assertEquals } from "@std/assert";
import { assertRefused, bytes, filesystem, inTempDir, OS, text } from "./support.ts";

const noFollow = { followSymlinks: false };

Deno.test(
  "followSymlinks: false refuses links anywhere in the path",
  inTempDir(async (dir) => {
    Deno.mkdirSync(`${dir}/d`);
    Deno.writeTextFileSync(`${dir}/d/y`, "y");
    Deno.symlinkSync("d/y", `${dir}/lf`);
    Deno.symlinkSync("d", `${dir}/ld`);
    assertEquals(text(await filesystem.readFile(`${dir}/d/y`, noFollow)), "y");
    await assertRefused(() => filesystem.readFile(`${dir}/lf`, noFollow), ...OS.loop);
    await assertRefused(() => filesystem.readFile(`${dir}/ld/y`, noFollow), ...OS.notDirectory);
    await assertRefused(() => filesystem.readFile(`${dir}/d`, noFollow), -32600, "path is not a regular file");
    await assertRefused(() => filesystem.readFile(`${dir}/nope`, noFollow), ...OS.notFound);
    await assertRefused(() => filesystem.writeFile(`${dir}/lf`, bytes(""), noFollow), ...OS.loop);
    await assertRefused(() => filesystem.writeFile(`${dir}/ld/y`, bytes(""), noFollow), ...OS.notDirectory);
    assertEquals((await filesystem.getMetadata(`${dir}/d/y`, noFollow)).size, 1);
    await assertRefused(() => filesystem.getMetadata(`${dir}/lf`, noFollow), -32600, "path contains a symbolic link");
    await assertRefused(() => filesystem.getMetadata(`${dir}/ld/y`, noFollow), ...OS.notDirectory);
    await assertRefused(() => filesystem.createDirectory(`${dir}/ld/n`, noFollow), ...OS.notDirectory);
    await assertRefused(() => filesystem.createDirectory(`${dir}/ld`, noFollow), ...OS.notDirectory);
    await filesystem.createDirectory(`${dir}/d/n/m`, noFollow);
    assertEquals(Deno.readTextFileSync(`${dir}/d/y`), "y");
  }),
);

Deno.test(
  "remove() without following links is never recursive",
  inTempDir(async (dir) => {
    Deno.mkdirSync(`${dir}/d`);
    Deno.writeTextFileSync(`${dir}/d/y`, "y");
    Deno.symlinkSync("d", `${dir}/ld`);
    const message = "recursive no-follow removal is unsupported";
    await assertRefused(() => filesystem.remove(`${dir}/d/y`, noFollow), -32603, message);
    const options = { followSymlinks: false, recursive: false };
    await assertRefused(() => filesystem.remove(`${dir}/ld/y`, options), ...OS.notDirectory);
    await assertRefused(() => filesystem.remove(`${dir}/ld`, options), -32600, "path contains a symbolic link");
    assertEquals(Deno.readLinkSync(`${dir}/ld`), "d");
    await filesystem.remove(`${dir}/d/y`, options);
    await filesystem.remove(`${dir}/d/y`, options);
    await filesystem.remove(`${dir}/d`, options);
  }),
);
