import { assert, assertEquals, assertRejects } from "@std/assert";
import { ExecServerClient } from "../../../client/mod.ts";
import { type NotificationParams, type ParamsOf, RpcError } from "../../../protocol/mod.ts";
import { ExecServer, type ExecServerOptions } from "../../../server/mod.ts";
import { StdioClient } from "../lifecycle/support.ts";
import { RawPeer } from "../../support/raw_peer.ts";

type Delta = NotificationParams<"http/request/bodyDelta">;

const OK = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";
const CHUNKED = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";

interface Connected extends AsyncDisposable {
  readonly client: ExecServerClient;
  readonly deltas: Delta[];
  /** Resolves with the deltas of an id, up to its last. */
  body(requestId: string): Promise<Delta[]>;
}

async function connect(options: ExecServerOptions = {}): Promise<Connected> {
  const server = await ExecServer.create({ environment: { HOME: "/" }, ...options });
  const url = await server.listen({ kind: "websocket", hostname: "127.0.0.1", port: 0 });
  const client = await ExecServerClient.connect(url, { clientName: "test" });
  const deltas: Delta[] = [];
  let news = Promise.withResolvers<void>();
  client.on("http/request/bodyDelta", (delta) => {
    deltas.push(delta);
    news.resolve();
    news = Promise.withResolvers();
  });
  return {
    client,
    deltas,
    body: async (requestId) => {
      const own = () => deltas.filter((delta) => delta.requestId === requestId);
      while (own().at(-1)?.done !== true) await news.promise;
      return own();
    },
    [Symbol.asyncDispose]: async () => {
      await client.close();
      await server.shutdown();
    },
  };
}

function request(url: string, more: Partial<ParamsOf<"http/request">> = {}): ParamsOf<"http/request"> {
  return { method: "GET", url, requestId: "r", ...more };
}

async function refusal(promise: Promise<unknown>): Promise<string> {
  const error = await assertRejects(() => promise, RpcError);
  return `${error.code} ${error.message}`;
}

Deno.test("http/request: capabilities are announced", async () => {
  await using connected = await connect();
  const { capabilities } = connected.client.environmentInfo ?? {};
  assertEquals([capabilities?.httpHeaderEnvVars, capabilities?.httpRequestCancel], [true, true]);
});

Deno.test("http/request: slow requests hold up neither each other nor anything else", async () => {
  const release = Promise.withResolvers<void>();
  let waiting = 0;
  const all = Promise.withResolvers<void>();
  await using peer = RawPeer.start(async ({ requestLine }, connection) => {
    if (requestLine.includes("/slow")) {
      if (++waiting === 100) all.resolve();
      await release.promise;
    }
    await connection.write(OK);
  });
  await using connected = await connect();
  const { client } = connected;
  const slow = Array.from({ length: 100 }, () => client.call("http/request", request(`${peer.url}/slow`)));
  await all.promise;
  const fast = await client.call("http/request", request(`${peer.url}/fast`));
  const metadata = await client.call("fs/getMetadata", { path: "/" });
  assertEquals([fast.status, metadata.isDirectory], [200, true]);
  release.resolve();
  assertEquals(new Set((await Promise.all(slow)).map(({ bodyBase64 }) => bodyBase64)), new Set(["b2s="]));
});

Deno.test("http/request: the answer comes before the deltas, and numbers count up", async () => {
  await using peer = RawPeer.start((_, connection) => connection.write(OK));
  await using connected = await connect();
  const order: string[] = [];
  connected.client.on("http/request/bodyDelta", ({ requestId }) => void order.push(`delta ${requestId}`));
  const ids = Array.from({ length: 20 }, (_, i) => `s${i}`);
  await Promise.all(ids.map(async (requestId) => {
    const answer = connected.client.call("http/request", request(peer.url, { requestId, streamResponse: true }));
    assertEquals((await answer).bodyBase64, "");
    order.push(`answer ${requestId}`);
  }));
  for (const id of ids) {
    const deltas = await connected.body(id);
    assertEquals(deltas.map(({ seq, deltaBase64, done, error }) => [seq, deltaBase64, done, error]), [
      [1, "b2s=", false, null],
      [2, "", true, null],
    ]);
    assert(order.indexOf(`answer ${id}`) < order.indexOf(`delta ${id}`), id);
  }
});

Deno.test("http/request: each piece of a body is passed on when it comes", async () => {
  const steps = Array.from({ length: 3 }, () => Promise.withResolvers<void>());
  await using peer = RawPeer.start(async (_, connection) => {
    await connection.write(CHUNKED);
    for (const [i, step] of steps.entries()) {
      await step.promise;
      await connection.write(`1\r\n${i}\r\n`);
    }
    await connection.write("0\r\n\r\n");
  });
  await using connected = await connect();
  await connected.client.call("http/request", request(peer.url, { streamResponse: true }));
  for (const [i, step] of steps.entries()) {
    const next = Promise.withResolvers<Delta>();
    using _ = connected.client.on("http/request/bodyDelta", next.resolve);
    step.resolve();
    assertEquals(atob((await next.promise).deltaBase64), String(i));
  }
});

Deno.test("http/request: an id is taken until its last delta, and for streams only", async () => {
  const release = Promise.withResolvers<void>();
  await using peer = RawPeer.start(async ({ requestLine }, connection) => {
    if (!requestLine.includes("/hold")) return await connection.write(OK);
    await release.promise;
    await connection.write(OK);
  });
  await using connected = await connect();
  const { client } = connected;
  const held = client.call("http/request", request(`${peer.url}/hold`, { streamResponse: true }));
  const taken = "-32602 http/request streamResponse requestId `r` is already active";
  const bad = request("bad", { method: "", streamResponse: true });
  assertEquals(await refusal(client.call("http/request", bad)), taken, "while the headers are awaited");
  assertEquals((await client.call("http/request", request(peer.url))).bodyBase64, "b2s=");
  release.resolve();
  await held;
  await connected.body("r");
  assert((await refusal(client.call("http/request", bad))).startsWith("-32602 http/request method is invalid"));
  const again = Promise.withResolvers<void>();
  using _ = client.on("http/request/bodyDelta", ({ done }) => done && again.resolve());
  await client.call("http/request", request(peer.url, { streamResponse: true }));
  await again.promise;
  assertEquals(connected.deltas.map(({ seq }) => seq), [1, 2, 1, 2]);
});

Deno.test("http/request/cancel ends requests by their id, before and behind the headers", async () => {
  const asked: PromiseWithResolvers<void>[] = [Promise.withResolvers(), Promise.withResolvers()];
  let ends = 0;
  const allEnded = Promise.withResolvers<void>();
  await using peer = RawPeer.start(async ({ requestLine }, connection) => {
    if (requestLine.includes("/stream")) await connection.write(`${CHUNKED}5\r\nhello\r\n`);
    asked.shift()?.resolve();
    await connection.ended;
    if (++ends === 3) allEnded.resolve();
  });
  await using connected = await connect();
  const { client } = connected;
  const [first, second] = asked.map(({ promise }) => promise);
  const pending = ["a", "a"].map((requestId) => client.call("http/request", request(peer.url, { requestId })));
  await Promise.all([first, second]);
  await client.call("http/request", request(`${peer.url}/stream`, { requestId: "s", streamResponse: true }));
  assertEquals(await client.call("http/request/cancel", { requestId: "a" }), { cancelled: true });
  for (const call of pending) assertEquals(await refusal(call), "-32603 http/request was cancelled");
  assertEquals(await client.call("http/request/cancel", { requestId: "s" }), { cancelled: true });
  const last = (await connected.body("s")).at(-1);
  assertEquals([last?.done, last?.error], [true, "http/request was cancelled"]);
  await allEnded.promise;
  for (const requestId of ["a", "s", "never"]) {
    assertEquals(await client.call("http/request/cancel", { requestId }), { cancelled: false }, requestId);
  }
});

Deno.test("http/request: bad base64 is named, and refused before anything is sent", async () => {
  await using peer = RawPeer.start((_, connection) => connection.write(OK));
  await using connected = await connect();
  for (const streamResponse of [false, true]) {
    const call = connected.client.call("http/request", request(peer.url, { bodyBase64: "aGk", streamResponse }));
    assertEquals(await refusal(call), "-32602 params.bodyBase64: Invalid padding");
  }
  assertEquals(peer.connections, 0);
});

Deno.test("http/request: hosts are refused by policy, and not as a failure to try again", async () => {
  await using peer = RawPeer.start((_, connection) => connection.write(OK));
  await using connected = await connect({ http: { deny: ["127.0.0.0/8"] } });
  const call = connected.client.call("http/request", request(peer.url));
  assertEquals(await refusal(call), "-32600 http/request to 127.0.0.1 is refused by the policy of this executor");
  assertEquals(peer.connections, 0);
});

Deno.test("http/request over stdio: what was asked for is answered behind the end of input", async () => {
  const asked = Promise.withResolvers<void>();
  const release = Promise.withResolvers<void>();
  await using peer = RawPeer.start(async (_, connection) => {
    asked.resolve();
    await release.promise;
    await connection.write(OK);
  });
  const stdio = new StdioClient();
  await stdio.initialize();
  await stdio.send({ id: 1, method: "http/request", params: request(peer.url) });
  await asked.promise;
  await stdio.end();
  release.resolve();
  const { result } = await stdio.message(({ id }) => id === 1) as { result: { bodyBase64: string } };
  assertEquals(result.bodyBase64, "b2s=");
  assertEquals((await stdio.ended()).code, 0);
});

Deno.test("http/request: memory that is read into again does not mix two bodies", async () => {
  await using connected = await connect();
  const bodies = [1, 2].map((seed) => Uint8Array.from({ length: 6_000_000 }, (_, i) => (i * seed + (i >> 8)) & 0xff));
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const send = async (conn: Deno.TcpConn) => {
    using open = conn;
    const buffer = new Uint8Array(4096);
    const count = await open.read(buffer) ?? 0;
    const body = bodies[new TextDecoder().decode(buffer.subarray(0, count)).startsWith("GET /0") ? 0 : 1] as Uint8Array;
    const head = new TextEncoder().encode(
      `HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: ${body.length}\r\n\r\n`,
    );
    for (const part of [head, body]) {
      for (let rest = part; rest.length > 0;) rest = rest.subarray(await open.write(rest));
    }
  };
  const serve = async () => {
    const first = send(await listener.accept());
    await Promise.all([first, send(await listener.accept())]);
  };
  const serving = serve();
  const url = `http://127.0.0.1:${(listener.addr as Deno.NetAddr).port}`;
  const read = async (i: number) => {
    const requestId = `mixed-${i}`;
    await connected.client.call("http/request", request(`${url}/${i}`, { requestId, streamResponse: true }));
    const deltas = await connected.body(requestId);
    return new Uint8Array(
      await new Blob(deltas.map((delta) => Uint8Array.fromBase64(delta.deltaBase64))).arrayBuffer(),
    );
  };
  const received = await Promise.all([read(0), read(1)]);
  await serving;
  listener.close();
  for (const [i, body] of bodies.entries()) {
    const bytes = received[i] as Uint8Array;
    assertEquals([bytes.length, bytes.findIndex((byte, at) => byte !== body[at])], [body.length, -1]);
  }
});
