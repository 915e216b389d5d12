import { assert, assertEquals } from "@std/assert";
import { ExecServer } from "../../server/mod.ts";
import { RawPeer } from "../support/raw_peer.ts";
import { RawWebSocket } from "./support/raw_websocket.ts";
import { until } from "../support/until.ts";

// the best of several counts: a loaded machine delays some
const ROUNDS = 5;
const MOST_MS = 50;

type Leave = (socket: RawWebSocket) => unknown;

const LEAVES: Readonly<Record<string, Leave>> = {
  "a close frame": (socket) => socket.send(new Uint8Array([0x03, 0xe8]), { opcode: 8 }),
  "a dropped connection": (socket) => socket.drop(),
};

const PHASES: Readonly<Record<string, string>> = {
  "before the headers": "",
  "inside the headers": "HTTP/1.1 200 OK\r\ncontent-",
  "in a silent body": "HTTP/1.1 200 OK\r\n\r\npart",
  "in a body that goes on": "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n",
};

for (const [how, leave] of Object.entries(LEAVES)) {
  for (const [phase, answer] of Object.entries(PHASES)) {
    Deno.test(`disconnect: by ${how} ${phase} ends the upstream request at once`, async () => {
      const server = await ExecServer.create({ environment: { HOME: "/" } });
      const url = await server.listen({ kind: "websocket", hostname: "127.0.0.1", port: 0 });
      let left = 0;
      let asked = Promise.withResolvers<void>();
      let ended = Promise.withResolvers<number>();
      const peer = RawPeer.start(async (_, connection) => {
        await connection.write(answer);
        let going = answer.includes("chunked");
        asked.resolve();
        connection.ended.then(() => going = false);
        while (going) await connection.write("1\r\nx\r\n").then(() => new Promise((resolve) => setTimeout(resolve, 1)));
        await connection.ended;
        ended.resolve(performance.now() - left);
      });
      const times: number[] = [];
      for (let round = 0; round < ROUNDS; round++) {
        asked = Promise.withResolvers();
        ended = Promise.withResolvers();
        using socket = await RawWebSocket.open(url);
        await socket.initialize();
        const params = { method: "GET", url: peer.url, requestId: "r", streamResponse: phase.includes("body") };
        await socket.sendMessage({ id: 1, method: "http/request", params });
        await asked.promise;
        if (params.streamResponse) await socket.message(({ method }) => method === "http/request/bodyDelta");
        left = performance.now();
        await leave(socket);
        times.push(await ended.promise);
      }
      assert(Math.min(...times) < MOST_MS, `ended after ${times.map((ms) => ms.toFixed(1))} ms`);
      await until("no upstream connection is left", () => peer.open === 0);
      await server.shutdown();
      await peer[Symbol.asyncDispose]();
    });
  }
}

Deno.test("disconnect: while a name is looked up nothing is connected to afterwards", async () => {
  const lookups: PromiseWithResolvers<string[]>[] = [];
  const resolveHost = () => {
    lookups.push(Promise.withResolvers());
    return (lookups.at(-1) as PromiseWithResolvers<string[]>).promise;
  };
  const server = await ExecServer.create({ environment: { HOME: "/" }, resolveHost });
  const url = await server.listen({ kind: "websocket", hostname: "127.0.0.1", port: 0 });
  await using peer = RawPeer.start((_, connection) => connection.write("HTTP/1.1 204 No\r\n\r\n"));
  const params = { method: "GET", url: `http://h.test:${peer.port}/`, requestId: "r" };
  const socket = await RawWebSocket.open(url);
  await socket.initialize();
  await socket.sendMessage({ id: 1, method: "http/request", params });
  await until("the name is looked up", () => lookups.length === 1);
  socket.drop();
  await until("the connection is gone", () => server.connections === 0);
  lookups[0]?.resolve(["127.0.0.1"]);
  // another client does reach it, so the first one could have
  using other = await RawWebSocket.open(url);
  await other.initialize();
  await other.sendMessage({ id: 1, method: "http/request", params });
  await until("the name is looked up again", () => lookups.length === 2);
  lookups[1]?.resolve(["127.0.0.1"]);
  await other.message(({ id }) => id === 1);
  assertEquals(peer.connections, 1);
  await server.shutdown();
});

Deno.test("disconnect: streams end with their connection, not with their session", async () => {
  const server = await ExecServer.create({ environment: { HOME: "/" } });
  const url = await server.listen({ kind: "websocket", hostname: "127.0.0.1", port: 0 });
  await using peer = RawPeer.start(async (request, connection) => {
    await connection.write("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\npart");
    if (request.conn > 1) await connection.write("whole");
  });
  const params = { method: "GET", url: peer.url, requestId: "r", streamResponse: true };
  const first = await RawWebSocket.open(url);
  const resumeSessionId = await first.initialize();
  await first.sendMessage({ id: 1, method: "http/request", params });
  await first.message(({ method }) => method === "http/request/bodyDelta");
  first.drop();
  await until("the connection is gone", () => server.connections === 0);
  using second = await RawWebSocket.open(url);
  await second.sendMessage({ id: 0, method: "initialize", params: { clientName: "raw", resumeSessionId } });
  await second.sendMessage({ method: "initialized" });
  await second.sendMessage({ id: 1, method: "http/request", params });
  assertEquals((await second.message(({ id }) => id === 1)).error, undefined, "the id is free");
  let body = "";
  while (true) {
    const { params } = await second.message(({ method }) => method === "http/request/bodyDelta");
    const { deltaBase64, done, error } = params as { deltaBase64: string; done: boolean; error: null };
    body += atob(deltaBase64);
    assertEquals(error, null);
    if (done) break;
  }
  assertEquals(body, "partwhole");
  await server.shutdown();
});
