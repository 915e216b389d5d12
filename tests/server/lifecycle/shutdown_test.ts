import { assert, assertEquals } from "@std/assert";
import { ExecServerClient } from "../../../client/mod.ts";
import { until } from "../../support/until.ts";
import { startServer } from "../../support/test_server.ts";
import { connectRaw, RawWebSocket } from "../../faults/support/raw_websocket.ts";
import { markedPids, watchdogOf } from "../../faults/support/descendants.ts";

const MARK = "EXEC_SERVER_SHUTDOWN";
const SOON_MS = 3_000;

function start(processId: string, argv: string[], mark: string, more: object = {}) {
  const env = { PATH: "/usr/bin:/bin", [MARK]: mark };
  return { id: processId, method: "process/start", params: { processId, argv, cwd: "/", env, tty: false, ...more } };
}

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  Deno.test(`shutdown: ${signal} answers what waits, closes with 1001, kills all groups and ends with 0`, async () => {
    const mark = crypto.randomUUID();
    await using server = await startServer();
    using socket = await RawWebSocket.open(server.url);
    await socket.initialize();
    await socket.sendMessage(
      start("tree", ["sh", "-c", "trap '' TERM; setsid sleep 60 & sleep 60 & wait; wait"], mark),
    );
    await socket.sendMessage(start("jobs", ["bash", "-mc", "trap '' HUP; sleep 60 & wait"], mark, { tty: true }));
    await socket.sendMessage(start("full", ["sleep", "60"], mark, { pipeStdin: true }));
    await until("all of them run", () => markedPids(MARK, mark).length === 6);
    const chunk = btoa("x".repeat(6_000_000));
    await socket.sendMessage({ id: "write", method: "process/write", params: { processId: "full", chunk } });
    await socket.sendMessage({ id: "poll", method: "process/read", params: { processId: "tree", waitMs: 3_600_000 } });
    await socket.sendMessage({ id: "last", method: "environment/status" });
    await socket.message(({ id }) => id === "last");
    const from = performance.now();
    server.kill(signal);
    const answered = [await waiting(socket), await waiting(socket)];
    assertEquals(answered.toSorted(), ["poll", "write"]);
    assertEquals(await socket.closeFrame(), { code: 1001, reason: "server is shutting down" });
    const { code, signal: died } = await server.status;
    assertEquals({ code, died }, { code: 0, died: null });
    assert(performance.now() - from < SOON_MS, "it took longer than the requests in flight needed");
    assertEquals(markedPids(MARK, mark), []);
    assertEquals(server.stderr, []);
  });
}

async function waiting(socket: RawWebSocket): Promise<unknown> {
  const { id, result } = await socket.message((message) => message.id !== undefined);
  assert(typeof result === "object", `${id} was not answered`);
  return id;
}

Deno.test("shutdown: clients that never answer and sockets that never speak do not hold it up for long", async () => {
  await using server = await startServer();
  using silent = await RawWebSocket.open(server.url);
  await silent.initialize();
  using _bare = await connectRaw(server.url);
  const chatty = { processId: "p", argv: ["yes"], cwd: "/", env: { PATH: "/usr/bin:/bin" }, tty: false };
  await silent.sendMessage({ id: 1, method: "process/start", params: chatty });
  await silent.message(({ method }) => method === "process/output");
  const from = performance.now();
  server.kill("SIGTERM");
  assertEquals((await server.status).code, 0);
  assert(performance.now() - from < SOON_MS);
});

Deno.test("shutdown: a second signal ends it at once, and the processes all the same", async () => {
  const mark = crypto.randomUUID();
  await using server = await startServer();
  await using client = await ExecServerClient.connect(server.url, { clientName: "test" });
  await client.call("process/start", start("p", ["sleep", "60"], mark).params);
  // a terminating watchdog that is stopped holds the orderly way up
  const watchdog = watchdogOf(server.pid) as number;
  Deno.kill(watchdog, "SIGSTOP");
  try {
    server.kill("SIGTERM");
    await assertRefuses(server.url);
    const from = performance.now();
    server.kill("SIGTERM");
    assertEquals((await server.status).code, 1);
    assert(performance.now() - from < 1_000);
  } finally {
    Deno.kill(watchdog, "SIGCONT");
  }
  await until("the processes are gone", () => markedPids(MARK, mark).length === 0);
  await client.closed;
});

/** Waits until the server takes no connections any more: the first signal has arrived. */
async function assertRefuses(url: string): Promise<void> {
  for (let tries = 0; tries < 1_000; tries++) {
    try {
      (await connectRaw(url)).close();
    } catch (error) {
      if (error instanceof Deno.errors.ConnectionRefused) return;
      throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  throw new Error("the server still listens");
}
