import { assert, assertEquals, assertRejects } from "@std/assert";
import { ExecServerClient } from "../../../client/mod.ts";
import { RpcError } from "../../../protocol/mod.ts";
import { collectProcess } from "../../support/collect_process.ts";
import { startServer } from "../../support/test_server.ts";
import { until } from "../../support/until.ts";
import { markedPids } from "../../faults/support/descendants.ts";
import { RawWebSocket } from "../../faults/support/raw_websocket.ts";
import { resumeWhenDetached } from "../../faults/support/resume.ts";

const MARK = "EXEC_SERVER_SESSION";
const ENV = { PATH: "/usr/bin:/bin" };

function connect(url: string, resumeSessionId?: string): Promise<ExecServerClient> {
  return ExecServerClient.connect(url, { clientName: "test", ...(resumeSessionId && { resumeSessionId }) });
}

function start(client: ExecServerClient, processId: string, argv: string[], more: object = {}) {
  return client.call("process/start", { processId, argv, cwd: "/", env: ENV, tty: false, ...more });
}

async function assertRefused(call: Promise<unknown>, code: number, message: string): Promise<void> {
  const error = await assertRejects(() => call, RpcError);
  assertEquals({ code: error.code, message: error.message }, { code, message });
}

Deno.test("sessions: when the time to live is over, every process is killed and the id is unknown", async () => {
  const mark = crypto.randomUUID();
  await using server = await startServer("--session-ttl", "300ms");
  const client = await connect(server.url);
  const env = { ...ENV, [MARK]: mark };
  await start(client, "running", ["sh", "-c", "trap '' TERM; sleep 60 & sleep 60; wait"], { env });
  await start(client, "jobs", ["bash", "-mc", "trap '' HUP; sleep 60 & wait"], { env, tty: true });
  await start(client, "exited", ["sh", "-c", "sleep 60 & exit 0"], { env });
  await start(client, "closed", ["sh", "-c", "sleep 60 >/dev/null 2>&1 </dev/null & exit 0"], { env });
  await until("all of them run", () => markedPids(MARK, mark).length === 7);
  await client.close();
  const detached = performance.now();
  await until("all of them are gone", () => markedPids(MARK, mark).length === 0);
  assert(performance.now() - detached > 250, "they were killed before the time was over");
  await assertRefused(connect(server.url, client.sessionId), -32600, `unknown session id ${client.sessionId}`);
});

Deno.test("sessions: a resume stops the clock, and each detachment starts it anew", async () => {
  await using server = await startServer("--session-ttl", "500ms");
  const first = await connect(server.url);
  await start(first, "p", ["sleep", "60"]);
  const { sessionId } = first;
  await first.close();
  for (let round = 0; round < 3; round++) {
    await using client = await resumeWhenDetached(server.url, sessionId);
    assertEquals(client.sessionId, sessionId);
    // longer than the time to live in total
    const { exited } = await client.call("process/read", { processId: "p", waitMs: 250 });
    assertEquals(exited, false);
  }
});

Deno.test("sessions: an attached session cannot be taken over, an unknown one not resumed", async () => {
  await using server = await startServer();
  await using owner = await connect(server.url);
  const { sessionId } = owner;
  await assertRefused(
    connect(server.url, sessionId),
    -32010,
    `session ${sessionId} is already attached to another connection`,
  );
  await assertRefused(connect(server.url, "no-such-id"), -32600, "unknown session id no-such-id");
  assertEquals(await owner.call("environment/status", {}), { status: "ready" });
});

Deno.test("sessions: a failed initialize may be repeated, a successful one not", async () => {
  await using server = await startServer();
  using socket = await RawWebSocket.open(server.url);
  const initialize = async (params: unknown) => {
    await socket.sendMessage({ id: 1, method: "initialize", params });
    const { error, result } = await socket.message(({ id }) => id === 1);
    return (error as { code: number } | undefined)?.code ?? typeof (result as { sessionId: string }).sessionId;
  };
  assertEquals(await initialize({ clientName: "x", resumeSessionId: "gone" }), -32600);
  assertEquals(await initialize({}), -32602);
  assertEquals(await initialize({ clientName: "" }), "string");
  assertEquals(await initialize({ clientName: "" }), -32600);
});

Deno.test("sessions: methods before the handshake are refused, pipelining it works", async () => {
  await using server = await startServer();
  using socket = await RawWebSocket.open(server.url);
  const read = { id: "r", method: "process/read", params: { processId: "p" } };
  await socket.sendMessage(read);
  await socket.sendMessage({ id: "f", method: "fs/readFile", params: { path: 5 } });
  await socket.sendMessage({ id: "i", method: "initialize", params: { clientName: "x" } });
  await socket.sendMessage(read);
  await socket.sendMessage({ method: "initialized", params: ["any"] });
  await socket.sendMessage({ method: "initialized" });
  await socket.sendMessage(read);
  const texts: unknown[] = [];
  for (let i = 0; i < 5; i++) {
    const { id, error } = await socket.message(() => true);
    if (id === "r") texts.push((error as { message: string }).message);
    if (id === "f") texts.push((error as { code: number }).code);
  }
  assertEquals(texts, [
    "client must call initialize before using exec methods",
    -32602,
    "client must send initialized before using exec methods",
    "unknown process id p",
  ]);
});

Deno.test("sessions: see nothing of each other", async () => {
  await using server = await startServer();
  await using a = await connect(server.url);
  await using b = await connect(server.url);
  const seen: string[] = [];
  b.onNotification(({ method }) => seen.push(method));
  await start(a, "p", ["cat"], { pipeStdin: true });
  await assertRefused(b.call("process/read", { processId: "p" }), -32600, "unknown process id p");
  assertEquals(await b.call("process/write", { processId: "p", chunk: "", writeId: "1" }), {
    status: "unknownProcess",
  });
  assertEquals(await b.call("process/terminate", { processId: "p" }), { running: false });
  assertEquals((await b.call("process/list", {})).processes, []);
  await a.call("process/write", { processId: "p", chunk: btoa("secret"), writeId: "1" });
  await a.call("process/read", { processId: "p", waitMs: 5_000 });
  assertEquals(seen, []);
  assertEquals((await collectProcess(b, ["echo", "own"], { processId: "p" })).stdout, "own\n");
});

Deno.test("sessions: file handles end with their connection, processes do not", async () => {
  await using server = await startServer();
  const first = await connect(server.url);
  await first.call("fs/open", { handleId: "h", path: "/etc/passwd" });
  await start(first, "p", ["sleep", "60"]);
  await first.close();
  await using second = await resumeWhenDetached(server.url, first.sessionId);
  const read = second.call("fs/readBlock", { handleId: "h", offset: 0, len: 1 });
  await assertRefused(read, -32004, "unknown file handle `h`");
  assertEquals(await second.call("process/terminate", { processId: "p" }), { running: true });
});

Deno.test("sessions: a closed process is forgotten when its retention is over, and its id is free", async () => {
  await using server = await startServer("--process-retention", "300ms");
  await using client = await connect(server.url);
  const ran = await collectProcess(client, ["echo", "first"], { processId: "p" });
  assertEquals(ran.stdout, "first\n");
  const closed = performance.now();
  await assertRefused(start(client, "p", ["true"]), -32600, "process p already exists");
  assertEquals((await client.call("process/read", { processId: "p" })).closed, true);
  let known = true;
  for (let tries = 0; known; tries++) {
    assert(tries < 1_000, "it is never forgotten");
    known = (await client.call("process/list", {})).processes.length > 0;
    if (known) await new Promise((resolve) => setTimeout(resolve, 5));
  }
  assert(performance.now() - closed > 250, "it was forgotten too early");
  await assertRefused(client.call("process/read", { processId: "p" }), -32600, "unknown process id p");
  assertEquals((await collectProcess(client, ["echo", "again"], { processId: "p" })).stdout, "again\n");
});

Deno.test("sessions: what a process left in its group is killed when it is forgotten", async () => {
  const mark = crypto.randomUUID();
  await using server = await startServer("--process-retention", "0");
  await using client = await connect(server.url);
  const script = "sleep 60 >/dev/null 2>&1 </dev/null & echo $!";
  await collectProcess(client, ["sh", "-c", script], { env: { ...ENV, [MARK]: mark } });
  await until("the left over process is gone", () => markedPids(MARK, mark).length === 0);
});

Deno.test("sessions: a client that leaves with every request slot taken is noticed", async () => {
  await using server = await startServer();
  for (const count of [256, 300, 1_000]) {
    const socket = await RawWebSocket.open(server.url);
    const sessionId = await socket.initialize();
    const params = { processId: "quiet", argv: ["sleep", "60"], cwd: "/", env: ENV, tty: false };
    await socket.sendMessage({ id: "s", method: "process/start", params });
    // makes the server write, which is how it finds out when it does not read
    const printing = { ...params, processId: "loud", argv: ["sh", "-c", "while sleep 0.05; do echo; done"] };
    await socket.sendMessage({ id: "t", method: "process/start", params: printing });
    for (let id = 0; id < count; id++) {
      const poll = { processId: "quiet", waitMs: 3_600_000 };
      await socket.sendMessage({ id, method: "process/read", params: poll });
    }
    await socket.message(({ method }) => method === "process/output");
    socket.drop();
    await using client = await resumeWhenDetached(server.url, sessionId);
    assertEquals(await client.call("process/terminate", { processId: "quiet" }), { running: true });
  }
});

Deno.test("sessions: a client that leaves while its writes fill a stdin is noticed", async () => {
  await using server = await startServer();
  const socket = await RawWebSocket.open(server.url);
  const sessionId = await socket.initialize();
  const params = { processId: "full", argv: ["sleep", "60"], cwd: "/", env: ENV, tty: false, pipeStdin: true };
  await socket.sendMessage({ id: "s", method: "process/start", params });
  const write = (id: number, bytes: number) => {
    const chunk = btoa("x".repeat(bytes));
    return socket.sendMessage({ id, method: "process/write", params: { processId: "full", chunk, writeId: `${id}` } });
  };
  await write(0, 6_000_000); // more than is queued, so it waits, and so do those behind it
  for (let id = 1; id < 300; id++) await write(id, 1);
  await socket.message(({ id }) => id === "s");
  socket.drop();
  await using client = await resumeWhenDetached(server.url, sessionId);
  assertEquals(await client.call("process/terminate", { processId: "full" }), { running: true });
});
