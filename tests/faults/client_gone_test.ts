import { assert, assertEquals } from "@std/assert";
import { tempDir } from "../support/temp_dir.ts";
import { startServer } from "../support/test_server.ts";
import { assertRestored, takeBaseline } from "./support/baseline.ts";
import { RawWebSocket } from "./support/raw_websocket.ts";
import { resumeWhenDetached } from "./support/resume.ts";

const ENV = { PATH: "/usr/bin:/bin" };

Deno.test("client gone mid-output: the process runs on and a resume gets everything retained", async () => {
  await using dir = await tempDir();
  await using server = await startServer();
  const base = await takeBaseline(server);
  await new Deno.Command("mkfifo", { args: [`${dir.path}/go`] }).output();
  const socket = await RawWebSocket.open(server.url);
  const sessionId = await socket.initialize();
  const script = "seq 1 20000; read go < go; seq 20001 60000";
  const params = { processId: "p", argv: ["sh", "-c", script], cwd: dir.path, env: ENV, tty: false };
  await socket.sendMessage({ id: 1, method: "process/start", params });
  await socket.message(({ method }) => method === "process/output");
  socket.drop(); // with unread output in the socket

  await using client = await resumeWhenDetached(server.url, sessionId);
  const before = await client.call("process/read", { processId: "p" });
  assertEquals({ exited: before.exited, failure: before.failure }, { exited: false, failure: null });
  await Deno.writeTextFile(`${dir.path}/go`, "\n");
  const chunks = [...before.chunks];
  let closed = false;
  for (let after = before.nextSeq - 1; !closed;) {
    const news = await client.call("process/read", { processId: "p", afterSeq: after, waitMs: 5_000 });
    assert(news.closed || news.nextSeq - 1 > after, "nothing new in 5 s");
    chunks.push(...news.chunks);
    after = news.nextSeq - 1;
    closed = news.closed;
  }
  assertEquals(chunks.map(({ seq }) => seq), chunks.map((_, i) => i + 1));
  const expected = Array.from({ length: 60_000 }, (_, i) => `${i + 1}\n`).join("");
  assertEquals(chunks.map(({ chunk }) => atob(chunk)).join("") === expected, true);
  await client.close();
  await assertRestored(server, base);
});

Deno.test("client gone while reads, writes, file handles and a watch are open: all is released", async () => {
  await using dir = await tempDir();
  await using server = await startServer("--session-ttl", "0");
  const base = await takeBaseline(server);
  await Deno.writeTextFile(`${dir.path}/f`, "x");
  for (let round = 0; round < 20; round++) {
    const socket = await RawWebSocket.open(server.url);
    await socket.initialize();
    const start = (processId: string, more: object) => ({
      method: "process/start",
      params: { processId, cwd: "/", env: ENV, tty: false, ...more },
    });
    const requests = [
      start("reader", { argv: ["sleep", "60"] }),
      start("writer", { argv: ["sleep", "60"], pipeStdin: true }),
      start("terminal", { argv: ["sleep", "60"], tty: true }),
      { method: "process/read", params: { processId: "reader", waitMs: 3_600_000 } },
      { method: "process/write", params: { processId: "writer", chunk: btoa("x".repeat(8_000_000)) } },
      { method: "fs/open", params: { handleId: "h", path: `${dir.path}/f` } },
      { method: "fs/open", params: { handleId: "w", path: `${dir.path}/w`, mode: "replace" } },
      { method: "fs/watchMissing", params: { watchId: 1, missing: [`${dir.path}/no`] } },
      { method: "environment/status" },
    ];
    for (const [id, request] of requests.entries()) await socket.sendMessage({ id, ...request });
    await socket.message(({ id }) => id === requests.length - 1);
    socket.drop();
  }
  await assertRestored(server, base);
});
