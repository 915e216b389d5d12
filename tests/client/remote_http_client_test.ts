import { assert, assertEquals, assertRejects } from "@std/assert";
import { ExecServerClient, HttpStreamError, RemoteHttpClient } from "../../client/mod.ts";
import { invalidParams, LIMITS, memoryTransportPair, RpcError, type Transport } from "../../protocol/mod.ts";
import { fakeServer } from "../support/fake_server.ts";

type Params = Record<string, unknown>;

interface Fixture extends AsyncDisposable {
  readonly http: RemoteHttpClient;
  readonly client: ExecServerClient;
  /** The server's side, to send deltas on. */
  readonly far: Transport;
  readonly calls: { method: string; params: Params }[];
  delta(requestId: string, seq: number, text: string, more?: Params): void;
  /** Resolves when the client has taken what was sent. */
  passed(): Promise<void>;
}

const HEAD = { status: 200, headers: [{ name: "x", value: "y" }], bodyBase64: "" };

async function fixture(
  answer: (params: Params) => unknown = () => HEAD,
  capabilities: Record<string, boolean> = { httpRequestCancel: true },
): Promise<Fixture> {
  const [near, far] = memoryTransportPair();
  const calls: Fixture["calls"] = [];
  fakeServer(far, (method, params) => {
    if (method === "initialize") {
      return { sessionId: "s", environmentInfo: { shell: { name: "sh", path: "/bin/sh" }, capabilities } };
    }
    if (method === "environment/status") return { status: "ready" };
    calls.push({ method, params: params as Params });
    return method === "http/request" ? answer(params as Params) : { cancelled: true };
  });
  const client = await ExecServerClient.connect(near, { clientName: "test" });
  const http = new RemoteHttpClient(client);
  return {
    http,
    client,
    far,
    calls,
    delta: (requestId, seq, text, more = {}) => {
      const params = { requestId, seq, deltaBase64: btoa(text), done: false, error: null, ...more };
      far.send(JSON.stringify({ method: "http/request/bodyDelta", params }));
    },
    passed: async () => void await client.call("environment/status", null),
    [Symbol.asyncDispose]: () => client.close(),
  };
}

const GET = { method: "GET", url: "http://h/" };

async function streamError(body: ReadableStream): Promise<string> {
  return (await assertRejects(() => new Response(body).text(), HttpStreamError)).message;
}

Deno.test("RemoteHttpClient: requests go out as the wire has them, each with an id of its own", async () => {
  await using fixed = await fixture(() => ({ ...HEAD, bodyBase64: btoa("whole") }));
  const { http, calls } = fixed;
  const headers = [{ name: "a", value: "b" }, { name: "authorization", valueEnvVar: "TOKEN" }];
  const request = {
    ...GET,
    headers,
    body: new TextEncoder().encode("hi"),
    timeoutMs: 5,
    redirectPolicy: "stop",
  } as const;
  const { status, body } = await http.request(request);
  assertEquals([status, new TextDecoder().decode(body)], [200, "whole"]);
  await http.requestStream(GET);
  assertEquals(calls.map(({ params }) => params), [
    {
      ...GET,
      headers: [{ name: "a", value: "b" }, { name: "authorization", value: "", valueEnvVar: "TOKEN" }],
      bodyBase64: btoa("hi"),
      timeoutMs: 5,
      redirectPolicy: "stop",
      requestId: "http-1",
      streamResponse: false,
    },
    { ...GET, headers: [], bodyBase64: null, redirectPolicy: "follow", requestId: "http-2", streamResponse: true },
  ]);
});

Deno.test("RemoteHttpClient: a body is put together in order, its last piece may carry bytes", async () => {
  await using fixed = await fixture();
  const { body, headers } = await fixed.http.requestStream(GET);
  assertEquals(headers, HEAD.headers);
  fixed.delta("http-1", 1, "one ");
  fixed.delta("http-9", 1, "for nobody");
  fixed.delta("http-1", 2, "");
  fixed.delta("http-1", 3, "two", { done: true });
  fixed.delta("http-1", 4, "late");
  assertEquals(await new Response(body).text(), "one two");
});

Deno.test("RemoteHttpClient: what the executor gets wrong fails the stream with the original's text", async (t) => {
  const table: [what: string, send: (fixed: Fixture) => void, text: string][] = [
    ["a number left out", (fixed) => fixed.delta("http-1", 3, "x"), "received seq 3, expected 1"],
    ["a number too low", (fixed) => fixed.delta("http-1", 0, "x"), "received seq 0, expected 1"],
    ["an error", (fixed) => fixed.delta("http-1", 1, "x", { done: true, error: "made up" }), "failed: made up"],
    ["an error that is not the end", (fixed) => fixed.delta("http-1", 1, "x", { error: "made up" }), "failed: made up"],
    [
      "no base64",
      (fixed) => fixed.delta("http-1", 1, "", { deltaBase64: "@@@@" }),
      "failed: Invalid symbol 64, offset 0.",
    ],
    [
      "a piece that is too large",
      (fixed) => fixed.delta("http-1", 1, "a".repeat(LIMITS.maxHttpDeltaBytes + 3)),
      "failed: http response body delta exceeds 1048576 bytes",
    ],
  ];
  for (const [what, send, text] of table) {
    await t.step(what, async () => {
      await using fixed = await fixture();
      const { body } = await fixed.http.requestStream(GET);
      send(fixed);
      assertEquals(await streamError(body), `exec-server protocol error: http response stream \`http-1\` ${text}`);
      const other = await fixed.http.requestStream(GET);
      fixed.delta("http-2", 1, "fine", { done: true });
      assertEquals(await new Response(other.body).text(), "fine", "other streams go on");
    });
  }
});

Deno.test("RemoteHttpClient: pieces that nobody reads are bounded over all streams", async () => {
  await using fixed = await fixture();
  const streams = [await fixed.http.requestStream(GET), await fixed.http.requestStream(GET)];
  const piece = "a".repeat(LIMITS.maxHttpDeltaBytes);
  const count = LIMITS.maxQueuedHttpBodyBytes / LIMITS.maxHttpDeltaBytes;
  for (let i = 1; i < count; i++) fixed.delta("http-1", i, piece);
  fixed.delta("http-2", 1, piece);
  const reader = (streams[1] as { body: ReadableStream }).body.getReader();
  const text =
    "exec-server protocol error: http response stream `http-2` failed: queued body deltas exceed 16777216 bytes";
  const error = await assertRejects(() => reader.read(), HttpStreamError);
  assertEquals(error.message, text);
  // what is read makes room
  const first = (streams[0] as { body: ReadableStream<Uint8Array> }).body.getReader();
  assertEquals((await first.read()).value?.length, piece.length * (count - 1), "a late reader gets it in one piece");
  fixed.delta("http-1", count, piece, { done: true });
  assertEquals((await first.read()).value?.length, piece.length);
  assertEquals((await first.read()).done, true);
  assertEquals(fixed.calls.at(-1), { method: "http/request/cancel", params: { requestId: "http-2" } });
});

Deno.test("RemoteHttpClient: many small pieces count with what they take", async () => {
  await using fixed = await fixture();
  const { body } = await fixed.http.requestStream(GET);
  const pieces = 300_000;
  for (let i = 1; i <= pieces; i++) fixed.delta("http-1", i, "x");
  await fixed.passed();
  assert((await streamError(body)).endsWith("queued body deltas exceed 16777216 bytes"));
});

Deno.test("RemoteHttpClient: a reader that goes away cancels, and late pieces are dropped", async () => {
  await using fixed = await fixture();
  const { body } = await fixed.http.requestStream(GET);
  fixed.delta("http-1", 1, "first");
  const reader = body.getReader();
  await reader.read();
  await reader.cancel();
  fixed.delta("http-1", 2, "late");
  await fixed.passed();
  const cancel = fixed.calls.filter(({ method }) => method === "http/request/cancel");
  assertEquals(cancel.map(({ params }) => params), [{ requestId: "http-1" }]);
});

Deno.test("RemoteHttpClient: an abort ends a call before its headers, and its body behind them", async () => {
  const asked = Promise.withResolvers<void>();
  await using fixed = await fixture(({ method }) => {
    if (method !== "GET") return HEAD;
    asked.resolve();
    return new Promise(() => {});
  });
  const { http, calls } = fixed;
  const early = new AbortController();
  const pending = http.requestStream(GET, { signal: early.signal });
  await asked.promise;
  const reason = new Error("enough");
  early.abort(reason);
  assertEquals(await pending.catch((error) => error), reason);
  const late = new AbortController();
  const { body } = await http.requestStream({ ...GET, method: "POST" }, { signal: late.signal });
  const reading = body.getReader().read().catch((error) => error);
  late.abort(reason);
  assertEquals(await reading, reason);
  const none = http.request(GET, { signal: AbortSignal.abort(reason) });
  assertEquals(await none.catch((error) => error), reason);
  const cancelled = calls.filter(({ method }) => method === "http/request/cancel").map(({ params }) => params);
  assertEquals(cancelled, [{ requestId: "http-1" }, { requestId: "http-2" }]);
});

Deno.test("RemoteHttpClient: executors that cannot cancel are not asked to", async () => {
  await using fixed = await fixture(() => HEAD, {});
  const { body } = await fixed.http.requestStream(GET);
  await body.cancel();
  await fixed.http.request(GET);
  assertEquals(fixed.calls.map(({ method }) => method), ["http/request", "http/request"]);
});

Deno.test("RemoteHttpClient: a lost connection fails every stream behind what has come", async () => {
  const fixed = await fixture();
  const { body } = await fixed.http.requestStream(GET);
  const reader = body.getReader();
  fixed.delta("http-1", 1, "part");
  assertEquals(new TextDecoder().decode((await reader.read()).value), "part");
  await fixed.far.close();
  const error = await assertRejects(() => reader.read(), HttpStreamError);
  assertEquals(error.message, "exec-server transport disconnected");
  await fixed.client.closed;
});

Deno.test("RemoteHttpClient: the executor's refusal is passed on, and takes no room", async () => {
  await using fixed = await fixture(() => {
    throw invalidParams("http/request method is invalid: invalid HTTP method");
  });
  for (const call of [fixed.http.request(GET), fixed.http.requestStream(GET)]) {
    assertEquals((await assertRejects(() => call, RpcError)).code, -32602);
  }
});
