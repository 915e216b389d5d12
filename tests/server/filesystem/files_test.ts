import { assertEquals } from "@std/assert";
import { assertRefused, bytes, filesystem, inTempDir, OS, text } from "./support.ts";

const LIMIT = 512 * 1024 * 1024;

Deno.test(
  "readFile() and writeFile() keep content of every size",
  inTempDir(async (dir) => {
    for (const size of [0, 1, 4096, 65_535, 65_536, 65_537, 3_000_001]) {
      const content = new Uint8Array(size).map((_, i) => i * 7);
      await filesystem.writeFile(`${dir}/f`, content);
      assertEquals(await filesystem.readFile(`${dir}/f`), content);
    }
  }),
);

Deno.test("readFile() reads files in /proc, whose size is 0", async () => {
  assertEquals(text(await filesystem.readFile("/proc/self/comm")), Deno.readTextFileSync("/proc/self/comm"));
});

Deno.test(
  "readFile() refuses more than 512 MiB without reading",
  inTempDir(async (dir) => {
    Deno.writeTextFileSync(`${dir}/f`, "");
    Deno.truncateSync(`${dir}/f`, LIMIT + 1);
    const message = `file is too large to read: limit is ${LIMIT} bytes`;
    await assertRefused(() => filesystem.readFile(`${dir}/f`), -32600, message);
  }),
);

Deno.test(
  "readFile() asks for room before it reads a large file only",
  inTempDir(async (dir) => {
    Deno.writeFileSync(`${dir}/small`, new Uint8Array(65_536));
    Deno.writeFileSync(`${dir}/large`, new Uint8Array(65_537));
    const asked: number[] = [];
    const reserve = (size: number) => void asked.push(size);
    await filesystem.readFile(`${dir}/small`, { reserve });
    await filesystem.readFile(`${dir}/large`, { reserve });
    assertEquals(asked, [65_537]);
  }),
);

Deno.test(
  "readFile() errors",
  inTempDir(async (dir) => {
    Deno.writeTextFileSync(`${dir}/f`, "x");
    Deno.symlinkSync("loop", `${dir}/loop`);
    Deno.symlinkSync("nope", `${dir}/broken`);
    await assertRefused(() => filesystem.readFile(`${dir}/nope`), ...OS.notFound);
    await assertRefused(() => filesystem.readFile(dir), -32600, `path \`${dir}\` is not a file`);
    await assertRefused(() => filesystem.readFile("/dev/null"), -32600, "path `/dev/null` is not a file");
    await assertRefused(() => filesystem.readFile(`${dir}/f/x`), ...OS.notDirectory);
    await assertRefused(() => filesystem.readFile(`${dir}/loop`), ...OS.loop);
    await assertRefused(() => filesystem.readFile(`${dir}/broken`), ...OS.notFound);
    await assertRefused(() => filesystem.readFile(`${dir}/${"a".repeat(256)}`), ...OS.nameTooLong);
    const nul = "file name contained an unexpected NUL byte";
    await assertRefused(() => filesystem.readFile(`${dir}/a\0b`), -32600, nul);
    await assertRefused(() => filesystem.writeFile(`${dir}/a\0b`, bytes("")), -32600, nul);
  }),
);

Deno.test(
  "writeFile() writes in place: inode, mode and links stay",
  inTempDir(async (dir) => {
    Deno.writeTextFileSync(`${dir}/f`, "long content");
    Deno.chmodSync(`${dir}/f`, 0o751);
    Deno.linkSync(`${dir}/f`, `${dir}/hard`);
    Deno.symlinkSync("f", `${dir}/link`);
    await filesystem.writeFile(`${dir}/link`, bytes("new"));
    assertEquals(Deno.readTextFileSync(`${dir}/hard`), "new");
    assertEquals((Deno.statSync(`${dir}/f`).mode ?? 0) & 0o7777, 0o751);
    assertEquals(Deno.readLinkSync(`${dir}/link`), "f");
  }),
);

Deno.test(
  "writeFile() creates a dangling link's target, with mode 0666 less the umask",
  inTempDir(async (dir) => {
    Deno.symlinkSync("target", `${dir}/link`);
    await filesystem.writeFile(`${dir}/link`, bytes("x"));
    const info = Deno.lstatSync(`${dir}/target`);
    assertEquals((info.mode ?? 0) & 0o7777, 0o666 & ~Deno.umask());
  }),
);

Deno.test(
  "writeFile() errors",
  inTempDir(async (dir) => {
    Deno.writeTextFileSync(`${dir}/f`, "x");
    await assertRefused(() => filesystem.writeFile(`${dir}/no/x`, bytes("")), ...OS.notFound);
    await assertRefused(() => filesystem.writeFile(dir, bytes("")), ...OS.isDirectory);
    await assertRefused(() => filesystem.writeFile(`${dir}/f/x`, bytes("")), ...OS.notDirectory);
  }),
);

Deno.test(
  "getMetadata() describes files, directories and links at once on local disks",
  inTempDir(async (dir) => {
    Deno.writeTextFileSync(`${dir}/f`, "abc");
    Deno.symlinkSync("f", `${dir}/link`);
    Deno.symlinkSync("nope", `${dir}/broken`);
    const file = await filesystem.getMetadata(`${dir}/f`);
    assertEquals([file.isFile, file.isDirectory, file.isSymlink, file.size], [true, false, false, 3]);
    assertEquals([Number.isInteger(file.createdAtMs), Number.isInteger(file.modifiedAtMs)], [true, true]);
    const link = await filesystem.getMetadata(`${dir}/link`);
    assertEquals(link, { ...file, isSymlink: true });
    const directory = await filesystem.getMetadata(dir);
    assertEquals([directory.isFile, directory.isDirectory], [false, true]);
    const device = await filesystem.getMetadata("/dev/null");
    assertEquals([device.isFile, device.isDirectory], [false, false]);
    await assertRefused(() => filesystem.getMetadata(`${dir}/broken`), ...OS.notFound);
    await assertRefused(() => filesystem.getMetadata(`${dir}/nope`), ...OS.notFound);
    await assertRefused(() => filesystem.getMetadata(`${dir}/f/x`), ...OS.notDirectory);
  }),
);

Deno.test(
  "canonicalize() resolves links",
  inTempDir(async (dir) => {
    Deno.writeTextFileSync(`${dir}/f`, "");
    Deno.symlinkSync(".", `${dir}/here`);
    assertEquals(await filesystem.canonicalize(`${dir}/here/here/f`), `${dir}/f`);
    await assertRefused(() => filesystem.canonicalize(`${dir}/nope`), ...OS.notFound);
    await assertRefused(() => filesystem.canonicalize(`${dir}/f/x`), ...OS.notDirectory);
  }),
);

Deno.test("a restricted profile is refused, never ignored", async () => {
  const permissions = {
    type: "managed",
    file_system: { type: "restricted", entries: [] },
    network: "restricted",
  };
  const message = "sandboxed requests are not supported by this build: fs/readFile was not run";
  await assertRefused(() => filesystem.readFile("/proc/self/comm", { sandbox: { permissions } }), -32600, message);
});
