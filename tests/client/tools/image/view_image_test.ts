import { assertEquals } from "@std/assert";
import { checkImage } from "../../../../client/tools/image/check_image.ts";
import { Toolset } from "../../../../client/tools/mod.ts";
import { LIMITS } from "../../../../protocol/mod.ts";
import { tempDir } from "../../../support/temp_dir.ts";
import { KINDS } from "../environments.ts";
import { IMAGE_TYPES, imageBytes } from "./images.ts";

Deno.test("checkImage: whole images of every type, whatever they are named", async () => {
  for (const type of IMAGE_TYPES) assertEquals(await checkImage(imageBytes(type)), type);
});

Deno.test("checkImage: what is cut, damaged or something else is none", async () => {
  for (const type of IMAGE_TYPES) {
    const bytes = imageBytes(type);
    assertEquals(await checkImage(bytes.subarray(0, Math.floor(bytes.length * 0.6))), undefined, `${type}, cut`);
  }
  const damaged = imageBytes("image/png");
  damaged[45] = (damaged[45] as number) ^ 0xff; // inside the compressed pixels
  assertEquals(await checkImage(damaged), undefined);
  assertEquals(await checkImage(new Uint8Array()), undefined);
  assertEquals(await checkImage(new TextEncoder().encode("hello")), undefined);
  const svg = '<svg xmlns="http://www.w3.org/2000/svg" width="2" height="2"/>';
  assertEquals(await checkImage(new TextEncoder().encode(svg)), undefined);
});

Deno.test("checkImage: an image that would need gigabytes is not decoded", async () => {
  const huge = imageBytes("image/png");
  const view = new DataView(huge.buffer);
  view.setUint32(16, 60_000); // width
  view.setUint32(20, 60_000); // height
  const started = performance.now(), before = Deno.memoryUsage().rss;
  assertEquals(await checkImage(huge), undefined);
  assertEquals(performance.now() - started < 5_000, true);
  assertEquals(Deno.memoryUsage().rss - before < 512 * 1024 * 1024, true);
});

for (const kind of KINDS) {
  Deno.test(`view_image: images, and why there is none, ${kind.name}`, async () => {
    await using dir = await tempDir();
    await Deno.writeFile(`${dir.path}/a.png`, imageBytes("image/jpeg"));
    await Deno.writeFile(`${dir.path}/cut.png`, imageBytes("image/png").subarray(0, 50));
    await Deno.mkdir(`${dir.path}/dir`);
    await Deno.truncate(`${dir.path}/cut.png`, 50);
    const large = await Deno.create(`${dir.path}/large.png`);
    await large.truncate(LIMITS.maxImageBytes + 1);
    large.close();
    await using environment = await kind.open();
    await using tools = new Toolset({ environments: [{ environment, cwd: dir.path }] });
    const view = (path: string) => tools.call("view_image", JSON.stringify({ path }));
    const image = { type: "image", mimeType: "image/jpeg", dataBase64: imageBytes("image/jpeg").toBase64() } as const;
    assertEquals(await view("a.png"), { content: [image], isError: false });
    assertEquals(await view(`${dir.path}/dir/../a.png`), { content: [image], isError: false });
    const texts: [string, string][] = [
      ["cut.png", "unable to process image: invalid or unsupported image data"],
      ["nope.png", `unable to locate image at \`${dir.path}/nope.png\`: No such file or directory (os error 2)`],
      ["dir", `image path \`${dir.path}/dir\` is not a file`],
      ["large.png", `image path \`${dir.path}/large.png\` is too large: limit is 33554432 bytes`],
      ["a\0b", "'a\0b' is invalid on 'linux'"],
    ];
    for (const [path, text] of texts) {
      assertEquals(await view(path), { content: [{ type: "text", text }], isError: true });
    }
  });
}
