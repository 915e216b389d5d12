import { assertEquals } from "@std/assert";
import type { SandboxContext } from "../../protocol/mod.ts";
import { StdioClient } from "../server/lifecycle/support.ts";
import { sandboxOf } from "../support/profiles_on_wire.ts";
import type { ServerProcess } from "../support/server_process.ts";
import { descriptorKinds, isHelper } from "../support/server_watch.ts";
import { tempDir } from "../support/temp_dir.ts";
import { startServer } from "../support/test_server.ts";
import { until } from "../support/until.ts";
import { assertRestored, takeBaseline } from "./support/baseline.ts";
import { childrenOf } from "./support/descendants.ts";
import { RawWebSocket } from "./support/raw_websocket.ts";

/** A hole: copied it becomes real zeros, many seconds of them, and no more than a disk can take should nothing stop it. */
const SOURCE_BYTES = 4 * 2 ** 30;
const BEGUN_BYTES = 4 * 2 ** 20;
const linux = { ignore: Deno.build.os !== "linux" };

Deno.test("client gone while a file is copied: the copy stops and leaves nothing half", linux, async () => {
  await using dir = await tempDir();
  await using server = await startServer("--session-ttl", "0");
  const base = await takeBaseline(server);
  await abandonCopy(server, dir.path, null);
  // what was copied is not open anywhere any more
  await assertRestored(server, base);
  assertEquals(sizeOf(`${dir.path}/to/hole`), 0);
});

Deno.test("client gone while a file is copied in a helper: the copy stops, the helper serves on", linux, async () => {
  await using dir = await tempDir();
  await using server = await startServer("--session-ttl", "0");
  const sandbox = sandboxOf([`w ${dir.path}`], dir.path);
  await abandonCopy(server, dir.path, sandbox);
  const helpers = childrenOf(server.pid).filter(isHelper);
  assertEquals(helpers.length, 1);
  await until("the helper has nothing open there", () => !opens(helpers[0] as number, `${dir.path}/to/hole`));
  using other = await RawWebSocket.open(server.url);
  await other.initialize();
  await other.sendMessage({ id: 2, method: "fs/getMetadata", params: { path: `${dir.path}/to/hole`, sandbox } });
  const { result } = await other.message(({ id }) => id === 2);
  assertEquals((result as { size: number }).size, 0);
  assertEquals(childrenOf(server.pid).filter(isHelper), helpers);
  assertEquals(server.stderr, []);
});

Deno.test("a client on stdio that has only ended its input gets its copy whole", linux, async () => {
  await using dir = await tempDir();
  const bytes = 64 * 2 ** 20;
  await Deno.writeTextFile(`${dir.path}/hole`, "");
  await Deno.truncate(`${dir.path}/hole`, bytes);
  const client = new StdioClient();
  await client.initialize();
  const params = { sourcePath: `${dir.path}/hole`, destinationPath: `${dir.path}/copy`, recursive: false };
  await client.send({ id: 1, method: "fs/copy", params });
  await client.end();
  assertEquals((await client.message(({ id }) => id === 1)).result, {});
  assertEquals((await client.ended()).code, 0);
  assertEquals(sizeOf(`${dir.path}/copy`), bytes);
});

/** Asks for a copy of a tree with one large file, and leaves once it has begun; resolves when nothing of it is left. */
async function abandonCopy(server: ServerProcess, dir: string, sandbox: SandboxContext | null): Promise<void> {
  await Deno.mkdir(`${dir}/from`);
  await Deno.writeTextFile(`${dir}/from/hole`, "");
  await Deno.truncate(`${dir}/from/hole`, SOURCE_BYTES);
  const socket = await RawWebSocket.open(server.url);
  await socket.initialize();
  const params = { sourcePath: `${dir}/from`, destinationPath: `${dir}/to`, recursive: true, sandbox };
  await socket.sendMessage({ id: 1, method: "fs/copy", params });
  await until("the copy has begun", () => sizeOf(`${dir}/to/hole`) >= BEGUN_BYTES, 20_000);
  socket.drop();
  await until("what was copied is gone", () => sizeOf(`${dir}/to/hole`) === 0, 20_000);
}

function sizeOf(path: string): number {
  try {
    return Deno.statSync(path).size;
  } catch {
    return -1;
  }
}

function opens(pid: number, path: string): boolean {
  return [...descriptorKinds(pid).keys()].some((kind) => kind.startsWith(path.replace(/\d+/g, "N")));
}
