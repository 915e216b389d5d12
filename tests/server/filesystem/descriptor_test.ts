import { assertEquals, assertNotEquals } from "@std/assert";
import * as fs from "node:fs";
import { describeDescriptor } from "../../../server/filesystem/descriptor.ts";
import { tempDir } from "../../support/temp_dir.ts";

const DESCRIBE = new URL("../../../server/filesystem/descriptor.ts", import.meta.url).href;

Deno.test("describeDescriptor() tells what is open, and which descriptors stand for one file", async () => {
  await using dir = await tempDir();
  const open = (name: string) => fs.openSync(`${dir.path}/${name}`, "r");
  await Deno.writeTextFile(`${dir.path}/a`, "abc", { mode: 0o640 });
  await Deno.chmod(`${dir.path}/a`, 0o640);
  await Deno.writeTextFile(`${dir.path}/b`, "abc");
  await Deno.link(`${dir.path}/a`, `${dir.path}/link`);
  const descriptors = [open("a"), open("link"), open("b"), open("")];
  try {
    const [a, link, b, folder] = descriptors.map(describeDescriptor);
    assertEquals([a?.isFile, a?.size, a?.mode], [true, 3, 0o640]);
    assertEquals(link?.identity, a?.identity);
    assertNotEquals(b?.identity, a?.identity);
    assertEquals(folder?.isFile, false);
  } finally {
    descriptors.forEach((fd) => fs.closeSync(fd));
  }
});

Deno.test("describeDescriptor() needs no C library", async () => {
  await using dir = await tempDir();
  await Deno.writeTextFile(`${dir.path}/a`, "abc");
  const script = `
    import * as fs from "node:fs";
    const { describeDescriptor } = await import(${JSON.stringify(DESCRIBE)});
    const { isFile, size, mode } = describeDescriptor(fs.openSync(${JSON.stringify(`${dir.path}/a`)}, "r"));
    console.log(isFile, size, mode === (fs.statSync(${JSON.stringify(`${dir.path}/a`)}).mode & 0o7777));`;
  const args = ["run", "--quiet", "--allow-read", "--deny-ffi", "--no-prompt", "--ext=ts", "-"];
  const child = new Deno.Command(Deno.execPath(), {
    args,
    cwd: new URL(".", import.meta.url),
    stdin: "piped",
    stdout: "piped",
  })
    .spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(script));
  await writer.close();
  const { stdout } = await child.output();
  assertEquals(new TextDecoder().decode(stdout).trim(), "true 3 true");
});
