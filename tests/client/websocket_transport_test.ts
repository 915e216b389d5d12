import { assert, assertEquals, assertRejects } from "@std/assert";
import { ClientError, connectWebSocket, ExecServerClient } from "../../client/mod.ts";
import { LIMITS, parseMessage } from "../../protocol/mod.ts";
import type { IncomingFrame, Transport } from "../../protocol/mod.ts";
import { echoServer } from "../support/echo_server.ts";

async function next(transport: Transport): Promise<IncomingFrame> {
  for await (const message of transport.messages) return message;
  throw new Error("The transport has ended");
}

Deno.test("connectWebSocket() sends and receives text", async () => {
  await using server = echoServer();
  const transport = await connectWebSocket(server.url);
  transport.send("héllo");
  assertEquals(await next(transport), "héllo");
  assertEquals(transport.label, `websocket ${server.url}`);
  await transport.close();
});

Deno.test("connectWebSocket() sends its headers, no origin and offers no extension", async () => {
  await using server = echoServer();
  const transport = await connectWebSocket(server.url, { headers: { authorization: "Bearer t" } });
  assertEquals(server.headers.get("authorization"), "Bearer t");
  assertEquals(server.headers.get("origin"), null);
  assertEquals(server.headers.get("sec-websocket-extensions"), null);
  await transport.close();
});

Deno.test("connectWebSocket() keeps secrets of the URL out of the label and the errors", async () => {
  await using server = echoServer();
  const transport = await connectWebSocket(`${server.url.replace("//", "//user:secret@")}/?token=secret`);
  assertEquals(transport.label, `websocket ${server.url}/`);
  await transport.close();
});

Deno.test("connectWebSocket() receives binary frames as bytes", async () => {
  await using server = echoServer((socket) => socket.send(new Uint8Array([1, 2, 255])));
  const transport = await connectWebSocket(server.url);
  transport.send("x");
  assertEquals([...await next(transport) as Uint8Array], [1, 2, 255]);
  await transport.close();
});

Deno.test("WebSocketTransport.send() keeps a message whole that is longer than one fragment", async () => {
  await using server = echoServer();
  const transport = await connectWebSocket(server.url);
  const text = "aé".repeat(LIMITS.fragmentBytes);
  transport.send(text);
  transport.send("after");
  const received: IncomingFrame[] = [];
  for await (const message of transport.messages) {
    if (received.push(message) === 2) break;
  }
  assert(received[0] === text);
  assertEquals(received[1], "after");
  await transport.close();
});

Deno.test("WebSocketTransport.drained() waits until the peer took what was queued", async () => {
  await using server = echoServer(() => {});
  const transport = await connectWebSocket(server.url);
  const message = "x".repeat(1 << 20);
  for (let i = 0; i < 32; i++) transport.send(message);
  assert(transport.queuedBytes > LIMITS.sendLowWaterBytes);
  await transport.drained();
  assert(transport.queuedBytes <= LIMITS.sendLowWaterBytes);
  await transport.close();
});

Deno.test("WebSocketTransport stops reading while nobody takes its messages", async () => {
  const message = "x".repeat(1 << 20), total = 64;
  await using server = echoServer((socket) => {
    for (let i = 0; i < total; i++) socket.send(message);
    socket.send("last");
  });
  const transport = await connectWebSocket(server.url);
  transport.send("go");
  const socket = await server.accepted();
  // what the peer still holds stays well above zero: only kernel buffers and one queue were filled
  let before = -1;
  while (socket.bufferedAmount !== before || before === 0) {
    before = socket.bufferedAmount;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  assert(before > total / 2 * message.length, `${before} bytes are left`);
  let received = 0;
  for await (const text of transport.messages) {
    if (text === "last") break;
    received++;
  }
  assertEquals(received, total);
  await transport.close();
});

Deno.test("WebSocketTransport.messages ends when the peer closes, after what came before", async () => {
  await using server = echoServer((socket) => {
    socket.send("last");
    socket.close(1001);
  });
  const transport = await connectWebSocket(server.url);
  transport.send("x");
  const received: IncomingFrame[] = [];
  for await (const message of transport.messages) received.push(message);
  assertEquals(received, ["last"]);
  transport.send("ignored");
  await transport.close();
});

Deno.test("WebSocketTransport.close() tells the peer code and reason", async () => {
  await using server = echoServer();
  const transport = await connectWebSocket(server.url);
  const socket = await server.accepted();
  const closed = Promise.withResolvers<CloseEvent>();
  socket.addEventListener("close", closed.resolve);
  await transport.close({ code: 1002, text: "bad" });
  const { code, reason } = await closed.promise;
  assertEquals({ code, reason }, { code: 1002, reason: "bad" });
});

Deno.test("WebSocketTransport.close() does not wait for a peer that never answers", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const connecting = connectWebSocket(`ws://127.0.0.1:${listener.addr.port}`);
  using _peer = await acceptUpgrade(listener);
  const transport = await connecting;
  const started = performance.now();
  await transport.close();
  assert(performance.now() - started < LIMITS.closeTimeoutMs + 1000);
});

Deno.test("connectWebSocket() connects to a unix socket", async () => {
  const dir = await Deno.makeTempDir();
  const path = `${dir}/s.sock`;
  {
    await using _server = echoServer(undefined, { path });
    for (const url of [`unix://${path}`, `ws+unix:${path}:/`]) {
      const transport = await connectWebSocket(url);
      transport.send("x");
      assertEquals(await next(transport), "x");
      await transport.close();
    }
  }
  await Deno.remove(dir, { recursive: true });
});

Deno.test("connectWebSocket() says why it cannot connect", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const url = `ws://127.0.0.1:${listener.addr.port}`;
  listener.close();
  const refused = await assertRejects(() => connectWebSocket(url), ClientError, `exec-server websocket \`${url}\``);
  assertEquals(refused.code, "connect");
  await assertRejects(() => connectWebSocket("ftp://x"), ClientError, "failed to connect");
  await using server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, () => {
    return new Response("", { status: 503 });
  });
  await assertRejects(() => connectWebSocket(`ws://127.0.0.1:${server.addr.port}`), ClientError, "503");
});

Deno.test("connectWebSocket() can be aborted", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const abort = new AbortController();
  const connecting = connectWebSocket(`ws://127.0.0.1:${listener.addr.port}`, { signal: abort.signal });
  using _peer = await listener.accept();
  abort.abort(new RangeError("enough"));
  await assertRejects(() => connecting, RangeError, "enough");
  await assertRejects(() => connectWebSocket("ws://127.0.0.1:1", { signal: abort.signal }), RangeError, "enough");
});

Deno.test("ExecServerClient.connect() works over a websocket", async () => {
  await using server = echoServer((socket, data) => {
    const message = parseMessage(data as string);
    if (message.kind !== "request") return;
    const result = message.method === "initialize" ? { sessionId: "s" } : { status: "ready" };
    socket.send(JSON.stringify({ id: message.id, result }));
  });
  await using client = await ExecServerClient.connect(server.url, { clientName: "test" });
  assertEquals(client.sessionId, "s");
  assertEquals(await client.call("environment/status", null), { status: "ready" });
});

/** Accepts one websocket by hand and then never says anything again. */
async function acceptUpgrade(listener: Deno.Listener): Promise<Deno.Conn> {
  const peer = await listener.accept();
  const head = new Uint8Array(4096);
  const length = await peer.read(head) ?? 0;
  const key = /sec-websocket-key: (\S+)/i.exec(new TextDecoder().decode(head.subarray(0, length)))?.[1];
  const text = new TextEncoder().encode(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`);
  const accept = new Uint8Array(await crypto.subtle.digest("SHA-1", text)).toBase64();
  const answer = `HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
    `Sec-WebSocket-Accept: ${accept}\r\n\r\n`;
  await peer.write(new TextEncoder().encode(answer));
  return peer;
}
