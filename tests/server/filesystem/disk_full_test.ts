import { assertEquals } from "@std/assert";
import { assertRefused, filesystem, inTempDir, OS } from "./support.ts";

function canMount(): boolean {
  const dir = Deno.makeTempDirSync();
  const run = (command: string, ...args: string[]) => new Deno.Command(command, { args, stderr: "null" }).outputSync();
  try {
    return run("mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", dir).success && run("umount", dir).success;
  } catch {
    return false;
  } finally {
    Deno.removeSync(dir);
  }
}

Deno.test({
  name: "a full disk is reported as such",
  ignore: !canMount(),
  fn: inTempDir(async (dir) => {
    new Deno.Command("mount", { args: ["-t", "tmpfs", "-o", "size=64k", "tmpfs", dir] }).outputSync();
    try {
      await assertRefused(() => filesystem.writeFile(`${dir}/f`, new Uint8Array(200_000)), ...OS.noSpace);
      await filesystem.remove(`${dir}/f`);
      const file = await filesystem.open(`${dir}/g`, { mode: "replace" });
      await assertRefused(() => file.writeBlock(0, new Uint8Array(200_000)), ...OS.noSpace);
      await assertRefused(() => file.writeBlock(0, new Uint8Array(1)), ...OS.badDescriptor);
      await filesystem.remove(`${dir}/g`);
      const large = await Deno.makeTempFile();
      await Deno.truncate(large, 200_000);
      await assertRefused(() => filesystem.copy(large, `${dir}/h`, { recursive: false }), ...OS.noSpace);
      await Deno.remove(large);
    } finally {
      new Deno.Command("umount", { args: [dir] }).outputSync();
    }
  }),
});

Deno.test({
  name: "a device that takes nothing is reported, also through a link",
  ignore: Deno.build.os !== "linux",
  fn: inTempDir(async (dir) => {
    Deno.symlinkSync("/dev/full", `${dir}/full`);
    await assertRefused(() => filesystem.writeFile(`${dir}/full`, new Uint8Array(1)), ...OS.noSpace);
    assertEquals(Deno.readLinkSync(`${dir}/full`), "/dev/full");
  }),
});
