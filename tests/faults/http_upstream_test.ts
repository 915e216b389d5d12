import { assert, assertEquals, assertRejects } from "@std/assert";
import { ExecServerClient, RemoteHttpClient } from "../../client/mod.ts";
import { LIMITS, RpcError } from "../../protocol/mod.ts";
import { RawPeer, type RawPeerOptions } from "../support/raw_peer.ts";
import { RawWebSocket } from "./support/raw_websocket.ts";
import { startServer } from "../support/test_server.ts";
import { until } from "../support/until.ts";
import { assertMemory, assertRestored, assertServes, takeBaseline } from "./support/baseline.ts";

const HEAVY = Deno.env.get("FAULTS_HEAVY") === "1";
const STREAMS = 1_000;
const MEMORY_MIB = 100;
const OK = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";
const CHUNKED = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";

async function refusal(promise: Promise<unknown>): Promise<string> {
  return (await assertRejects(() => promise, RpcError)).message;
}

/** A peer that does this to each connection after its first bytes. */
function rawPeer(raw: (write: (text: string) => Promise<void>, conn: Deno.Conn) => Promise<void>): RawPeer {
  const options: RawPeerOptions = {
    raw: async (conn) => {
      await conn.read(new Uint8Array(1));
      const write = async (text: string) => {
        for (let rest = new TextEncoder().encode(text); rest.length > 0;) rest = rest.subarray(await conn.write(rest));
      };
      await raw(write, conn);
    },
  };
  return RawPeer.start(() => {}, options);
}

Deno.test("upstream: what it does wrong hurts nobody else", async (t) => {
  await using server = await startServer();
  const base = await takeBaseline(server);
  await using client = await ExecServerClient.connect(server.url, { clientName: "test" });
  using http = new RemoteHttpClient(client);
  const sending = (url: string) => `http/request failed: error sending request for url (${url}/)`;
  const broken = "failed to read http/request response body: error decoding response body";

  const forever = async (write: (text: string) => Promise<void>, text: string) => {
    while (true) await write(text);
  };
  const heads: Record<string, (write: (text: string) => Promise<void>) => Promise<void>> = {
    "a head without end": async (write) => {
      await write("HTTP/1.1 200 OK\r\nx: ");
      await forever(write, "a".repeat(65_536));
    },
    "headers without end": async (write) => {
      await write("HTTP/1.1 200 OK\r\n");
      await forever(write, "x: y\r\n".repeat(10_000));
    },
    "interim responses without end": (write) => forever(write, "HTTP/1.1 100 Continue\r\n\r\n".repeat(1_000)),
    "no HTTP": (write) => write("SSH-2.0-OpenSSH\r\n\r\n"),
  };
  for (const [what, raw] of Object.entries(heads)) {
    await t.step(what, async () => {
      await using peer = rawPeer(raw);
      assertEquals(await refusal(http.request({ method: "GET", url: peer.url })), sending(peer.url));
    });
  }

  const bodies: Record<string, string> = {
    "a size that is none": "zz\r\nhello\r\n",
    "no line end behind a chunk": "5\r\nhelloworld",
    "a size beyond all numbers": "ffffffffffffffffff\r\n",
    "extensions without end": `5;${"x".repeat(100_000)}`,
    "trailers without end": `0\r\n${"x: y\r\n".repeat(10_000)}`,
    "an end inside a chunk": "5\r\nhel",
  };
  for (const [what, chunks] of Object.entries(bodies)) {
    await t.step(`chunked garbage: ${what}`, async () => {
      await using peer = RawPeer.start(async (_, connection) => {
        await connection.write(CHUNKED + chunks);
        connection.close();
      });
      assertEquals(await refusal(http.request({ method: "GET", url: peer.url })), broken);
      const { body } = await http.requestStream({ method: "GET", url: peer.url });
      const error = await assertRejects(() => new Response(body).text(), Error);
      assert(error.message.includes("failed: error decoding response body"), error.message);
    });
  }

  await t.step("a reset inside the body", async () => {
    const taken = Promise.withResolvers<void>();
    await using peer = rawPeer(async (write, conn) => {
      await write("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\npart");
      await taken.promise;
      // bytes that were not read make the close a reset
      conn.close();
    });
    const request = { method: "POST", url: peer.url, body: new Uint8Array(1_000) };
    const { body } = await http.requestStream(request);
    taken.resolve();
    const error = await assertRejects(() => new Response(body).text(), Error);
    assert(error.message.includes("failed: error decoding response body"), error.message);
  });

  await t.step("redirects in a circle", async () => {
    await using peer = RawPeer.start(({ requestLine }, connection) => {
      const next = requestLine.includes("/a") ? "/b" : "/a";
      return connection.write(`HTTP/1.1 302 R\r\nlocation: ${next}\r\ncontent-length: 0\r\n\r\n`);
    });
    const message = await refusal(http.request({ method: "GET", url: `${peer.url}/a` }));
    assertEquals([message, peer.requests.length], ["http/request failed: too many redirects", 11]);
  });

  await t.step("a slow loris, byte by byte, beside a quick answer", async () => {
    const dripping = Promise.withResolvers<void>();
    await using peer = RawPeer.start(async ({ requestLine }, connection) => {
      if (!requestLine.includes("/drip")) return await connection.write(OK);
      let open = true;
      connection.ended.then(() => open = false);
      for (const byte of "HTTP/1.1 200 OK\r\nx: " + "a".repeat(10_000)) {
        if (!open) return;
        await connection.write(byte);
        dripping.resolve();
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    });
    const timeoutMs = 300;
    const loris = refusal(http.request({ method: "GET", url: `${peer.url}/drip`, timeoutMs }));
    await dripping.promise;
    assertEquals((await http.request({ method: "GET", url: peer.url })).status, 200);
    assertEquals(await loris, `http/request failed: error sending request for url (${peer.url}/drip)`);
  });

  await assertServes(server);
  await client.close();
  await assertRestored(server, base);
  assertMemory(server, base, MEMORY_MIB);
});

Deno.test(`upstream: ${STREAMS} streams of one connection at once`, async () => {
  await using server = await startServer();
  const base = await takeBaseline(server);
  const release = Promise.withResolvers<void>();
  await using peer = RawPeer.start(async (_, connection) => {
    await connection.write(`${CHUNKED}5\r\nfirst\r\n`);
    await release.promise;
    await connection.write("4\r\nlast\r\n0\r\n\r\n");
  });
  await using client = await ExecServerClient.connect(server.url, { clientName: "test" });
  using http = new RemoteHttpClient(client);
  const readers = await Promise.all(Array.from({ length: STREAMS }, async () => {
    const { body } = await http.requestStream({ method: "GET", url: peer.url });
    const reader = body.getReader();
    assertEquals(new TextDecoder().decode((await reader.read()).value), "first");
    return reader;
  }));
  assertEquals(peer.open, STREAMS);
  assertMemory(server, base, MEMORY_MIB);
  release.resolve();
  for (const reader of readers) {
    assertEquals(new TextDecoder().decode((await reader.read()).value), "last");
    assertEquals((await reader.read()).done, true);
  }
  await client.close();
  await assertRestored(server, base);
});

const BODY_BYTES = (HEAVY ? 1_000 : 200) * 1_000_000;

Deno.test(`upstream: a body of ${BODY_BYTES / 1e6} MB that nobody reads stops its server, then comes whole`, async () => {
  await using server = await startServer();
  const base = await takeBaseline(server);
  const piece = new Uint8Array(250_000).fill(97);
  let written = 0;
  await using peer = RawPeer.start(async (_, connection) => {
    await connection.write(`HTTP/1.1 200 OK\r\ncontent-length: ${BODY_BYTES}\r\n\r\n`);
    for (; written < BODY_BYTES; written += piece.length) await connection.write(piece);
  });
  using socket = await RawWebSocket.open(server.url);
  await socket.initialize();
  const params = { method: "GET", url: peer.url, requestId: "r", streamResponse: true };
  await socket.sendMessage({ id: 1, method: "http/request", params });
  await socket.message(({ id }) => id === 1);

  // not read from here on: once nothing moves, everything on the way is full
  let before = -1, turns = 0;
  await until("the upstream is blocked", () => {
    turns = written === before ? turns + 1 : 0;
    before = written;
    return written > 0 && turns >= 40;
  }, 20_000);
  assert(written < BODY_BYTES / 2, `${written} bytes were taken`);
  await assertServes(server);
  assertMemory(server, base, MEMORY_MIB);

  let bytes = 0, seq = 0;
  while (true) {
    const { params } = await socket.message(({ method }) => method === "http/request/bodyDelta");
    const delta = params as { seq: number; deltaBase64: string; done: boolean; error: unknown };
    assertEquals([delta.seq, delta.error], [++seq, null]);
    bytes += Math.floor(delta.deltaBase64.replace(/=+$/, "").length * 3 / 4);
    if (delta.done) break;
  }
  assertEquals(bytes, BODY_BYTES);
  socket.drop();
  await assertRestored(server, base);
  assertMemory(server, base, MEMORY_MIB);
});

Deno.test({
  name: "upstream: buffered bodies are bounded, and the bound is free again afterwards",
  ignore: !HEAVY,
  fn: async () => {
    await using server = await startServer();
    const base = await takeBaseline(server);
    const piece = new Uint8Array(1_000_000);
    await using peer = RawPeer.start(async ({ requestLine }, connection) => {
      if (!requestLine.includes("/endless")) return await connection.write(OK);
      let open = true;
      connection.ended.then(() => open = false);
      await connection.write("HTTP/1.1 200 OK\r\n\r\n");
      while (open) await connection.write(piece);
    });
    await using client = await ExecServerClient.connect(server.url, { clientName: "test" });
    using http = new RemoteHttpClient(client);
    const calls = Array.from({ length: 4 }, () => http.request({ method: "GET", url: `${peer.url}/endless` }));
    const text = "failed to read http/request response body: " +
      `buffered bodies exceed ${LIMITS.maxHttpBufferedBytes} bytes: stream the response`;
    for (const call of await Promise.allSettled(calls)) {
      assertEquals(call.status === "rejected" && call.reason.message, text);
    }
    assertEquals((await http.request({ method: "GET", url: peer.url })).status, 200);
    await client.close();
    await assertRestored(server, base);
  },
});
