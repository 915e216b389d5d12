import { assert, assertEquals, assertRejects } from "@std/assert";
import { ExecServerClient } from "../../../client/mod.ts";
import { RpcError } from "../../../protocol/mod.ts";
import { encodeFrame, RawWebSocket, UPGRADE } from "../../faults/support/raw_websocket.ts";
import { resumeWhenDetached } from "../../faults/support/resume.ts";
import { exists } from "../../support/exists.ts";
import { tempDir } from "../../support/temp_dir.ts";
import { startServer } from "../../support/test_server.ts";
import { rawHttp } from "../lifecycle/support.ts";
import { signJwt } from "./sign_jwt.ts";

const TOKEN = "a-token-nobody-may-see";
const SECRET = "a-secret-of-32-bytes-nobody-sees";

/** The handshake of HTTP, then of the protocol, then a write, without waiting for any answer. */
function pipelined(headers: string, path: string): Uint8Array<ArrayBuffer> {
  const messages = [
    { id: 1, method: "initialize", params: { clientName: "eager" } },
    { method: "initialized" },
    { id: 2, method: "fs/writeFile", params: { path, dataBase64: btoa("written") } },
  ];
  const head = new TextEncoder().encode(`${UPGRADE}${headers}\r\n`);
  const frames = messages.map((message) => [...encodeFrame(JSON.stringify(message))]);
  return new Uint8Array([...head, ...frames.flat()]);
}

Deno.test("authentication: requests sent along with a refused handshake reach no handler", async () => {
  await using dir = await tempDir();
  await Deno.writeTextFile(`${dir.path}/token`, TOKEN);
  await using server = await startServer("--ws-auth", "capability-token", "--ws-token-file", `${dir.path}/token`);
  for (const headers of ["", "Authorization: Bearer wrong\r\n"]) {
    const { status, body } = await rawHttp(server.url, pipelined(headers, `${dir.path}/refused`));
    // all that comes until the end of the connection
    const text = headers === "" ? "missing websocket bearer token" : "invalid websocket bearer token";
    assertEquals({ status, body }, { status: 401, body: text });
  }
  // the same bytes with the token, on a connection of their own, show that they would have written
  const socket = await RawWebSocket.open(server.url, { headers: { authorization: `Bearer ${TOKEN}` } });
  await socket.write(pipelined("", `${dir.path}/let-in`).slice(`${UPGRADE}\r\n`.length));
  await socket.message(({ id }) => id === 2);
  socket.drop();
  assertEquals([exists(`${dir.path}/refused`), exists(`${dir.path}/let-in`)], [false, true]);
});

Deno.test("authentication: neither tokens nor secrets reach the log", async () => {
  await using dir = await tempDir();
  await Deno.writeTextFile(`${dir.path}/secret`, SECRET);
  const args = ["--ws-auth", "signed-bearer-token", "--ws-shared-secret-file", `${dir.path}/secret`];
  const server = await startServer(...args, "--log-level", "debug");
  const expired = await signJwt(SECRET, { exp: 1, sub: "somebody-known" });
  for (const token of [expired, "guess-of-a-token", `${expired}x`]) {
    assertEquals((await rawHttp(server.url, `${UPGRADE}Authorization: Bearer ${token}\r\n\r\n`)).status, 401);
  }
  const exp = Math.floor(Date.now() / 1000) + 60;
  const good = await signJwt(SECRET, { exp, sub: "somebody-known" });
  const client = await ExecServerClient.connect(server.url, {
    clientName: "test",
    headers: { authorization: `Bearer ${good}` },
  });
  await client.close();
  await server[Symbol.asyncDispose]();
  const log = server.stderr.join("\n");
  const reasons = server.stderr.map((line) => JSON.parse(line)).filter(({ level }) => level === "warn")
    .map(({ message, reason, address }) => ({ message, reason, address }));
  assertEquals(reasons, [
    { message: "authentication failed", reason: "expired websocket jwt", address: "127.0.0.1" },
    { message: "authentication failed", reason: "invalid websocket jwt", address: "127.0.0.1" },
    { message: "authentication failed", reason: "invalid websocket jwt", address: "127.0.0.1" },
  ]);
  for (const secret of [SECRET, expired, good, "guess-of-a-token", "somebody-known", `${dir.path}/secret`]) {
    assert(!log.includes(secret), secret);
  }
});

Deno.test("authentication: only the principal that opened a session can resume it", async () => {
  await using dir = await tempDir();
  await Deno.writeTextFile(`${dir.path}/secret`, SECRET);
  await using server = await startServer(
    ...["--ws-auth", "signed-bearer-token", "--ws-shared-secret-file", `${dir.path}/secret`],
  );
  const exp = Math.floor(Date.now() / 1000) + 600;
  const headers = async (sub: string, more = 0) => ({
    authorization: `Bearer ${await signJwt(SECRET, { exp: exp + more, sub })}`,
  });
  const own = await ExecServerClient.connect(server.url, { clientName: "owner", headers: await headers("owner") });
  const { sessionId } = own;
  const resume = async (sub: string) =>
    ExecServerClient.connect(server.url, {
      clientName: "x",
      headers: await headers(sub),
      resumeSessionId: sessionId,
    });
  const refused = async () => {
    const error = await assertRejects(() => resume("other"), RpcError);
    assertEquals({ code: error.code, message: error.message }, {
      code: -32600,
      message: `unknown session id ${sessionId}`,
    });
  };
  // neither while it is attached, nor when it waits: nothing tells that it is there
  await refused();
  await own.close();
  await refused();
  // a renewed token of the same subject is the same principal
  await using again = await resumeWhenDetached(server.url, sessionId, await headers("owner", 5));
  assertEquals(again.sessionId, sessionId);
});

Deno.test("sessions: ids are random UUIDs", async () => {
  await using server = await startServer();
  const ids: string[] = [];
  for (let i = 0; i < 20; i++) {
    await using client = await ExecServerClient.connect(server.url, { clientName: "test" });
    ids.push(client.sessionId);
  }
  for (const id of ids) assert(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(id), id);
  // no long part of a random number repeats among twenty
  for (const part of [0, 4]) assertEquals(new Set(ids.map((id) => id.split("-")[part])).size, ids.length);
});
