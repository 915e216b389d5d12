import { assertEquals, assertRejects } from "@std/assert";
import { ExecServerClient } from "../../client/mod.ts";
import { RpcError } from "../../protocol/mod.ts";
import { fdCount } from "../support/fd_count.ts";
import { tempDir } from "../support/temp_dir.ts";
import { startServer } from "../support/test_server.ts";
import { assertRestored, takeBaseline } from "./support/baseline.ts";

const TOO_MUCH = new Uint8Array(200_000).toBase64();
const LITTLE = btoa("still works");

/** Mounts a filesystem of 64 KiB. @returns undefined where that is not allowed */
async function smallDisk(): Promise<AsyncDisposable & { path: string } | undefined> {
  const dir = await tempDir();
  const run = (command: string, ...args: string[]) =>
    new Deno.Command(command, { args, stderr: "null" }).outputSync().success;
  if (!run("mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", dir.path)) {
    await dir[Symbol.asyncDispose]();
    return undefined;
  }
  return {
    path: dir.path,
    [Symbol.asyncDispose]: () => {
      run("umount", dir.path);
      return dir[Symbol.asyncDispose]();
    },
  };
}

async function canMount(): Promise<boolean> {
  await using disk = await smallDisk();
  return disk !== undefined;
}

async function assertDiskFull(call: Promise<unknown>): Promise<void> {
  const { code, message } = await assertRejects(() => call, RpcError);
  assertEquals({ code, message }, { code: -32603, message: "No space left on device (os error 28)" });
}

Deno.test({
  name: "disk full: fs/writeFile and fs/writeBlock say so, leave nothing open and other files keep working",
  ignore: !await canMount(),
  fn: async () => {
    await using disk = await smallDisk();
    await using other = await tempDir();
    if (disk === undefined) throw new Error("mounting worked a moment ago");
    await using server = await startServer();
    const base = await takeBaseline(server);
    await using client = await ExecServerClient.connect(server.url, { clientName: "test" });
    const open = fdCount(server.pid);
    const block = (handleId: string, chunk: string) => client.call("fs/writeBlock", { handleId, offset: 0, chunk });

    await client.call("fs/open", { handleId: "other", path: `${other.path}/f`, mode: "replace" });
    await client.call("fs/open", { handleId: "full", path: `${disk.path}/f`, mode: "replace" });
    await client.call("fs/open", { handleId: "same", path: `${disk.path}/same`, mode: "replace" });
    const [, ...full] = await Promise.allSettled([
      block("other", TOO_MUCH),
      assertDiskFull(block("full", TOO_MUCH)),
      assertDiskFull(client.call("fs/writeFile", { path: `${disk.path}/g`, dataBase64: TOO_MUCH })),
    ]);
    assertEquals(full.map(({ status }) => status), ["fulfilled", "fulfilled"]);
    const closed = await assertRejects(() => block("full", LITTLE), RpcError);
    assertEquals(closed.code, -32004);
    await assertDiskFull(block("same", TOO_MUCH));

    await client.call("fs/close", { handleId: "other" });
    assertEquals(fdCount(server.pid), open);
    assertEquals(new Uint8Array(200_000), await Deno.readFile(`${other.path}/f`));
    await client.call("fs/remove", { path: `${disk.path}/g` });
    await client.call("fs/remove", { path: `${disk.path}/f` });
    await client.call("fs/remove", { path: `${disk.path}/same` });
    await client.call("fs/writeFile", { path: `${disk.path}/h`, dataBase64: LITTLE });
    assertEquals(await client.call("fs/readFile", { path: `${disk.path}/h` }), { dataBase64: LITTLE });
    await client.close();
    await assertRestored(server, base);
  },
});
