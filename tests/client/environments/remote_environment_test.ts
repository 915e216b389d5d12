import { assert, assertEquals, assertRejects, assertStrictEquals } from "@std/assert";
import { openRemoteEnvironment, RemoteEnvironment, targetOfUrl } from "../../../client/mod.ts";
import { SharedClient } from "../../../client/environments/shared_client.ts";
import { ExecServerClient } from "../../../client/mod.ts";
import { ErrorCode, memoryTransportPair, type Peer, RpcError } from "../../../protocol/mod.ts";
import { ExecServer } from "../../../server/mod.ts";
import { echoServer } from "../../support/echo_server.ts";
import { fakeServer } from "../../support/fake_server.ts";
import { startServer } from "../../support/test_server.ts";
import { tempDir } from "../../support/temp_dir.ts";
import { ANY_PORT } from "../gateway/support.ts";

function remote(url: string, options: Parameters<typeof targetOfUrl>[1] = {}): RemoteEnvironment {
  return openRemoteEnvironment({ id: "r", target: targetOfUrl(url, options) });
}

/** A client of a hand-written server; `peer` is the server's end. */
async function fakeClient(answer: (method: string) => unknown): Promise<{ client: ExecServerClient; peer: Peer }> {
  const [near, far] = memoryTransportPair();
  const { peer } = fakeServer(far, (method) => method === "initialize" ? { sessionId: "s" } : answer(method));
  return { client: await ExecServerClient.connect(near, { clientName: "test" }), peer };
}

Deno.test("RemoteEnvironment: nothing is opened before the first use, then one connection serves all", async () => {
  const server = await ExecServer.create();
  await using environment = remote(await server.listen(ANY_PORT));
  assertEquals([environment.isRemote, server.connections], [true, 0]);
  assertEquals(await environment.status(), { status: "pending" });
  assertEquals(server.connections, 0);
  await using dir = await tempDir();
  const [info] = await Promise.all([
    environment.info(),
    environment.filesystem.writeFile(`${dir.path}/f`, new Uint8Array([1])),
    environment.exec.start({ argv: ["/bin/sh", "-c", "exit 0"], cwd: "/" }),
    assertRejects(() => environment.http.request({ method: "GET", url: "ftp://127.0.0.1/" }), RpcError),
  ]);
  assertEquals(server.connections, 1);
  assertEquals(info.platformOs, Deno.build.os);
  assertEquals(await environment.status(), { status: "ready" });
  await server.shutdown();
});

Deno.test("RemoteEnvironment: after a client has failed the next use opens another, and status() does not", async () => {
  await using dir = await tempDir();
  const listen = ["--listen", `unix://${dir.path}/s`];
  await using first = await startServer(...listen);
  const target = targetOfUrl(first.url);
  await using environment = new RemoteEnvironment({ id: "r", target }, { recovery: "none" });
  const process = await environment.exec.start({ argv: ["/bin/sleep", "60"], cwd: "/" });
  const lost = assertRejects(() => process.wait());
  first.kill("SIGKILL");
  await lost;
  assertEquals((await environment.status()).status, "disconnected");
  await first.status;
  await using _second = await startServer(...listen);
  assertEquals((await environment.status()).status, "disconnected");
  assertEquals((await environment.info()).platformOs, Deno.build.os);
  assertEquals(await environment.status(), { status: "ready" });
});

Deno.test("RemoteEnvironment: a recovering client says so; what cannot be resumed is followed by a new session", async () => {
  await using dir = await tempDir();
  const listen = ["--listen", `unix://${dir.path}/s`];
  await using first = await startServer(...listen);
  const target = targetOfUrl(first.url);
  const lost = Promise.withResolvers<string>();
  await using environment = new RemoteEnvironment({ id: "r", target }, { recovering: lost.resolve });
  const process = await environment.exec.start({ argv: ["/bin/sleep", "60"], cwd: "/" });
  const failed = assertRejects(() => process.wait(), Error, "failed to resume exec-server session");
  first.kill("SIGKILL");
  assert((await lost.promise).startsWith("exec-server transport disconnected"));
  assertEquals(await environment.status(), {
    status: "disconnected",
    error: "exec-server environment is recovering",
  });
  await first.status;
  await using _second = await startServer(...listen);
  await failed;
  const status = await environment.status();
  assert(status.status === "disconnected" && status.error.includes("unknown session id"), JSON.stringify(status));
  assertEquals((await environment.info()).platformOs, Deno.build.os);
  assertEquals(await environment.status(), { status: "ready" });
});

Deno.test("RemoteEnvironment: headers are sent when connecting", async () => {
  // the handshake fails: nothing here answers as an exec-server
  await using server = echoServer((socket) => socket.close());
  await using environment = remote(server.url, { authBearerToken: "ä t", websocketRequestId: "id 1" });
  await assertRejects(() => environment.info());
  // one character for each byte
  assertEquals(server.headers.get("authorization"), "Bearer \u00c3\u00a4 t");
  assertEquals(server.headers.get("x-request-id"), "id 1");
  assertEquals(server.headers.get("sec-websocket-extensions"), null);
});

Deno.test("RemoteEnvironment: timeouts have the original's text", async () => {
  // a listener that answers nothing
  using silent = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const url = `ws://127.0.0.1:${silent.addr.port}`;
  await using environment = remote(url, { connectTimeoutMs: 50 });
  const { message } = await assertRejects(() => environment.info(), Error);
  assertEquals(message, `timed out connecting to exec-server websocket \`${url}\` after 50ms`);
  await using mute = echoServer(() => {});
  await using slow = remote(mute.url, { initializeTimeoutMs: 50 });
  const { message: text } = await assertRejects(() => slow.info(), Error);
  assertEquals(text, "timed out waiting for exec-server initialize handshake after 50ms");
});

Deno.test("RemoteEnvironment: closing gives up an attempt and refuses further use", async () => {
  using silent = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const environment = remote(`ws://127.0.0.1:${silent.addr.port}`);
  const attempt = assertRejects(() => environment.info(), Error, "exec-server transport closed");
  const conn = await silent.accept(); // the attempt is under way
  await environment[Symbol.asyncDispose]();
  await attempt;
  await assertRejects(() => environment.info(), Error, "exec-server transport closed");
  conn.close();
});

Deno.test("SharedClient: users share an attempt; a failure is told to all of them and forgotten", async () => {
  let attempts = 0;
  const gate = Promise.withResolvers<void>();
  const { client } = await fakeClient(() => ({}));
  await using shared = new SharedClient({
    reopen: true,
    connect: async () => {
      if (++attempts > 1) return client;
      await gate.promise;
      throw new Error("first");
    },
  });
  const users = [shared.get(), shared.get(), shared.get()];
  gate.resolve();
  for (const user of users) await assertRejects(() => user, Error, "first");
  assertEquals([attempts, shared.status], [1, { status: "disconnected", error: "first" }]);
  assertStrictEquals(await shared.get(), client);
  assertStrictEquals(await shared.get(), client);
  assertEquals([attempts, shared.status], [2, { status: "ready" }]);
});

Deno.test("SharedClient: a lost client is replaced only where it may be", async () => {
  for (const reopen of [true, false]) {
    let attempts = 0;
    let peer: Peer | undefined;
    await using shared = new SharedClient({
      reopen,
      connect: async () => {
        attempts++;
        const made = await fakeClient(() => ({}));
        peer = made.peer;
        return made.client;
      },
    });
    const first = await shared.get();
    await peer?.close();
    await first.closed;
    await Promise.resolve();
    assertEquals(shared.client, undefined);
    const second = await shared.get();
    assertEquals([attempts, second === first], reopen ? [2, false] : [1, true]);
    if (!reopen) await assertRejects(() => second.call("environment/status", {}), Error, "exec-server transport");
  }
});

Deno.test("RemoteEnvironment: a server that does not know environment/status is ready all the same", async () => {
  await using server = echoServer((socket, data) => {
    const { id, method } = JSON.parse(String(data));
    if (method === "initialize") socket.send(JSON.stringify({ id, result: { sessionId: "s" } }));
    else if (id !== undefined) socket.send(JSON.stringify({ id, error: { code: -32601, message: "unknown" } }));
  });
  await using environment = remote(server.url);
  const error = await assertRejects(() => environment.info(), RpcError);
  assertEquals(error.code, ErrorCode.MethodNotFound);
  assertEquals(await environment.status(), { status: "ready" });
});
