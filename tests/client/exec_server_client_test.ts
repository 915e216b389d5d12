import { assertEquals, assertRejects } from "@std/assert";
import { ClientError, ExecServerClient, type ServerNotification } from "../../client/mod.ts";
import { invalidRequest, memoryTransportPair, RpcError, TransportClosedError } from "../../protocol/mod.ts";
import { type FakeServer, fakeServer } from "../support/fake_server.ts";

const SESSION = "3f0c8f3e-6b0f-4b59-9a3c-0c3f3c1b7a11";

async function connected(
  answer: (method: string, params: unknown) => unknown,
): Promise<{ client: ExecServerClient; server: FakeServer }> {
  const [near, far] = memoryTransportPair();
  const server = fakeServer(far, (method, params) => {
    return method === "initialize" ? { sessionId: SESSION } : answer(method, params);
  });
  return { client: await ExecServerClient.connect(near, { clientName: "test" }), server };
}

Deno.test("ExecServerClient.connect() does the handshake", async () => {
  const { client, server } = await connected(() => ({ status: "ready" }));
  assertEquals(client.sessionId, SESSION);
  assertEquals(client.environmentInfo, undefined);
  assertEquals(await client.call("environment/status", null), { status: "ready" });
  assertEquals(server.requests[0], { method: "initialize", params: { clientName: "test", resumeSessionId: null } });
  assertEquals(server.notifications, ["initialized"]);
  await client.close();
});

Deno.test("ExecServerClient.connect() keeps what the server says about its environment", async () => {
  const [near, far] = memoryTransportPair();
  const environmentInfo = { shell: { name: "bash", path: "/bin/bash" }, platformOs: "linux" };
  fakeServer(far, () => ({ sessionId: SESSION, environmentInfo }));
  await using client = await ExecServerClient.connect(near, { clientName: "test" });
  assertEquals(client.environmentInfo, environmentInfo);
});

Deno.test("ExecServerClient.connect() asks for the session to resume", async () => {
  const [near, far] = memoryTransportPair();
  const server = fakeServer(far, () => ({ sessionId: SESSION }));
  await using client = await ExecServerClient.connect(near, { clientName: "test", resumeSessionId: SESSION });
  assertEquals(client.sessionId, SESSION);
  assertEquals(server.requests[0]?.params, { clientName: "test", resumeSessionId: SESSION });
});

Deno.test("ExecServerClient.connect() refuses another session than the one asked for", async () => {
  const [near, far] = memoryTransportPair();
  const server = fakeServer(far, () => ({ sessionId: "other" }));
  const connecting = ExecServerClient.connect(near, { clientName: "test", resumeSessionId: SESSION });
  const error = await assertRejects(() => connecting, ClientError, "unexpected session other");
  assertEquals(error.code, "unexpectedSession");
  await server.done;
});

Deno.test("ExecServerClient.connect() passes on the server's refusal and closes the transport", async () => {
  const [near, far] = memoryTransportPair();
  const server = fakeServer(far, () => {
    throw invalidRequest("go away");
  });
  const error = await assertRejects(() => ExecServerClient.connect(near, { clientName: "test" }), RpcError, "go away");
  assertEquals(error.code, -32600);
  await server.done;
});

Deno.test("ExecServerClient.connect() gives up when initialize is not answered", async () => {
  const [near, far] = memoryTransportPair();
  const server = fakeServer(far, () => new Promise(() => {}));
  const connecting = ExecServerClient.connect(near, { clientName: "test", initializeTimeoutMs: 5 });
  const error = await assertRejects(() => connecting, ClientError, "timed out waiting for exec-server initialize");
  assertEquals(error.code, "handshakeTimeout");
  await server.done;
});

Deno.test("ExecServerClient.connect() can be aborted during the handshake", async () => {
  const [near, far] = memoryTransportPair();
  const abort = new AbortController();
  const server = fakeServer(far, () => {
    abort.abort(new RangeError("enough"));
    return new Promise(() => {});
  });
  const connecting = ExecServerClient.connect(near, { clientName: "test", signal: abort.signal });
  await assertRejects(() => connecting, RangeError, "enough");
  await server.done;
});

Deno.test("ExecServerClient.connect() fails when the transport ends during the handshake", async () => {
  const [near, far] = memoryTransportPair();
  const connecting = ExecServerClient.connect(near, { clientName: "test" });
  await far.close();
  const error = await assertRejects(() => connecting, ClientError, "transport closed");
  assertEquals(error.code, "connect");
});

Deno.test("ExecServerClient.call() matches answers to calls in any order", async () => {
  const first = Promise.withResolvers<unknown>();
  const { client } = await connected((_, params) => {
    const { path } = params as { path: string };
    return path === "/first" ? first.promise : { dataBase64: btoa(path) };
  });
  const slow = client.call("fs/readFile", { path: "/first" });
  assertEquals(await client.call("fs/readFile", { path: "/second" }), { dataBase64: btoa("/second") });
  first.resolve({ dataBase64: "" });
  assertEquals(await slow, { dataBase64: "" });
  await client.close();
});

Deno.test("ExecServerClient.call() rejects with the server's error", async () => {
  const { client } = await connected(() => {
    throw new RpcError(-32004, "No such file or directory (os error 2)");
  });
  const error = await assertRejects(() => client.call("fs/readFile", { path: "/x" }), RpcError, "No such file");
  assertEquals(error.code, -32004);
  await client.close();
});

Deno.test("ExecServerClient.call() rejects an answer of the wrong shape and goes on", async () => {
  const { client } = await connected((method) => method === "fs/readFile" ? { dataBase64: 5 } : { status: "ready" });
  const error = await assertRejects(() => client.call("fs/readFile", { path: "/x" }), ClientError, "result.dataBase64");
  assertEquals(error.code, "invalidAnswer");
  assertEquals(await client.call("environment/status", null), { status: "ready" });
  await client.close();
});

Deno.test("ExecServerClient fails every open call when the transport ends", async () => {
  const { client, server } = await connected(() => new Promise(() => {}));
  const calls = [client.call("fs/readFile", { path: "/a" }), client.call("process/read", { processId: "p" })];
  const outcomes = Promise.allSettled(calls);
  await server.peer.close();
  for (const outcome of await outcomes) {
    assertEquals(outcome.status === "rejected" && outcome.reason instanceof TransportClosedError, true);
  }
  await client.closed;
  await assertRejects(() => client.call("environment/status", null), TransportClosedError);
});

Deno.test("ExecServerClient delivers notifications to typed listeners and general handlers in order", async () => {
  const { client, server } = await connected(() => ({ status: "ready" }));
  const chunks: string[] = [];
  const all: ServerNotification[] = [];
  using _any = client.onNotification((notification) => all.push(notification));
  const typed = client.on("process/output", ({ chunk }) => chunks.push(atob(chunk)));
  const output = { processId: "p", seq: 1, stream: "stdout", chunk: btoa("one") } as const;
  server.peer.notify("process/output", output);
  server.peer.notify("process/closed", { processId: "p", seq: 2 });
  server.peer.notify("not/known", { processId: 5 });
  await client.call("environment/status", null);
  typed[Symbol.dispose]();
  server.peer.notify("process/output", output);
  await client.call("environment/status", null);
  assertEquals(chunks, ["one"]);
  assertEquals(all.map(({ method }) => method), ["process/output", "process/closed", "process/output"]);
  await client.close();
});

Deno.test("ExecServerClient delivers notifications that come before the answer to initialize", async () => {
  const [near, far] = memoryTransportPair();
  const seen: ServerNotification[] = [];
  const server = fakeServer(far, () => {
    server.peer.notify("process/closed", { processId: "p", seq: 9 });
    return { sessionId: SESSION };
  });
  await using _client = await ExecServerClient.connect(near, {
    clientName: "test",
    resumeSessionId: SESSION,
    onNotification: (notification) => seen.push(notification),
  });
  assertEquals(seen, [{ method: "process/closed", params: { processId: "p", seq: 9 } }]);
});

Deno.test("ExecServerClient ends the connection on a notification of the wrong shape", async () => {
  const { client, server } = await connected(() => new Promise(() => {}));
  const call = assertRejects(() => client.call("fs/readFile", { path: "/a" }), TransportClosedError);
  server.peer.notify("process/closed", { processId: "p" });
  await call;
  await client.closed;
  await server.done;
});

Deno.test("ExecServerClient refuses requests of the server and goes on", async () => {
  const { client, server } = await connected(() => ({ status: "ready" }));
  const error = await assertRejects(() => server.peer.call("network/policyRequest", {}), RpcError);
  assertEquals(error.code, -32601);
  assertEquals(error.message, "exec-server client does not implement `network/policyRequest` yet");
  assertEquals(await client.call("environment/status", null), { status: "ready" });
  await client.close();
});

Deno.test("ExecServerClient.close() can be called more than once", async () => {
  const { client, server } = await connected(() => ({}));
  await client.close();
  await client.close();
  await client.closed;
  await server.done;
});
