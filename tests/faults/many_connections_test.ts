import { assertEquals } from "@std/assert";
import { ExecServerClient } from "../../client/mod.ts";
import { collectProcess } from "../support/collect_process.ts";
import { tempDir } from "../support/temp_dir.ts";
import { startServer } from "../support/test_server.ts";
import { assertMemory, assertRestored, takeBaseline } from "./support/baseline.ts";
import { connectRaw, RawWebSocket } from "./support/raw_websocket.ts";

const CONNECTIONS = 200;
const MEMORY_MIB = 80;

Deno.test(`many connections: ${CONNECTIONS} at once are all served and released`, async () => {
  await using dir = await tempDir();
  await using server = await startServer("--session-ttl", "0");
  const base = await takeBaseline(server);
  const clients = await Promise.all(
    Array.from({ length: CONNECTIONS }, (_, i) => ExecServerClient.connect(server.url, { clientName: `client ${i}` })),
  );
  const results = await Promise.all(clients.map(async (client, i) => {
    const path = `${dir.path}/${i}`;
    await client.call("fs/writeFile", { path, dataBase64: btoa(`file ${i}`) });
    await client.call("fs/open", { handleId: "h", path });
    await client.call("fs/watchMissing", { watchId: 1, missing: [`${path}.missing`] });
    const { stdout } = await collectProcess(client, ["cat", path]);
    return stdout;
  }));
  assertEquals(results, results.map((_, i) => `file ${i}`));
  await Promise.all(clients.map((client) => client.close()));
  await assertRestored(server, base);
  assertMemory(server, base, MEMORY_MIB);
});

Deno.test("many connections: those that come and go at every stage leave nothing", async () => {
  await using server = await startServer("--session-ttl", "0");
  const base = await takeBaseline(server);
  for (let round = 0; round < 50; round++) {
    const silent = await connectRaw(server.url);
    const half = await connectRaw(server.url);
    await half.write(new TextEncoder().encode("GET / HTTP/1.1\r\nHost"));
    const upgraded = await RawWebSocket.open(server.url);
    const greeted = await RawWebSocket.open(server.url);
    await greeted.initialize();
    const middle = await RawWebSocket.open(server.url);
    await middle.write(new Uint8Array([0x81, 0xfe, 0xff]));
    for (const conn of [silent, half]) conn.close();
    for (const socket of [upgraded, greeted, middle]) socket.drop();
  }
  await assertRestored(server, base);
});
