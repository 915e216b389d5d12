import { assert, assertEquals, assertRejects } from "@std/assert";
import { ExecServerClient, executorFetch, RemoteHttpClient } from "../../client/mod.ts";
import type { HttpClient } from "../../protocol/mod.ts";
import { ExecServer, LocalHttpClient } from "../../server/mod.ts";
import { type PeerScript, RawPeer } from "../support/raw_peer.ts";

const environment = { HOME: "/", TOKEN: "secret" };

/** The same test with a client of this machine and one behind an executor. */
function both(
  name: string,
  script: PeerScript,
  test: (fetcher: typeof fetch, peer: RawPeer, http: HttpClient) => unknown,
) {
  Deno.test(`executorFetch: ${name}`, async (t) => {
    await t.step("local", async () => {
      await using peer = RawPeer.start(script);
      using http = new LocalHttpClient({ environment });
      await test(executorFetch(http), peer, http);
    });
    await t.step("through an executor", async () => {
      await using peer = RawPeer.start(script);
      const server = await ExecServer.create({ environment });
      const url = await server.listen({ kind: "websocket", hostname: "127.0.0.1", port: 0 });
      const client = await ExecServerClient.connect(url, { clientName: "test" });
      const http = new RemoteHttpClient(client);
      try {
        await test(executorFetch(http), peer, http);
      } finally {
        await client.close();
        await server.shutdown();
      }
    });
  });
}

const echo: PeerScript = ({ requestLine, headers, body }, connection) => {
  const text = JSON.stringify({
    requestLine,
    headers: Object.fromEntries(headers),
    body: new TextDecoder().decode(body),
  });
  const head = "HTTP/1.1 201 Made\r\nx-a: 1\r\nx-a: 2\r\nset-cookie: a=1\r\nset-cookie: b=2\r\n";
  return connection.write(`${head}content-length: ${text.length}\r\n\r\n${text}`);
};

both("a request and its answer", echo, async (fetcher, peer) => {
  const url = `${peer.url}/path?q=1`;
  const response = await fetcher(url, {
    method: "POST",
    headers: { "X-H": "v" },
    body: new URLSearchParams({ a: "b" }),
  });
  assertEquals([response.status, response.ok, response.url], [201, true, url]);
  assertEquals(response.headers.get("x-a"), "1, 2");
  assertEquals(response.headers.getSetCookie(), ["a=1", "b=2"]);
  assertEquals(await response.json(), {
    requestLine: "POST /path?q=1 HTTP/1.1",
    headers: {
      "content-type": "application/x-www-form-urlencoded;charset=UTF-8",
      "x-h": "v",
      "accept": "*/*",
      "host": `127.0.0.1:${peer.port}`,
      "content-length": "3",
    },
    body: "a=b",
  });
  const again = await fetcher(new Request(url, { method: "PUT", body: "text" }));
  assertEquals((await again.json()).body, "text");
});

both("extra headers may name variables of the executor", echo, async (_, peer, http) => {
  const fetcher = executorFetch(http, {
    extraHeaders: [{ name: "authorization", value: "Bearer ", valueEnvVar: "TOKEN" }],
  });
  assertEquals((await (await fetcher(peer.url)).json()).headers.authorization, "Bearer secret");
});

const statuses: PeerScript = ({ requestLine }, connection) => {
  const status = Number(requestLine.split(/[/ ]/)[2]);
  const body = status === 204 || status === 304 ? "" : "content-length: 2\r\n";
  return connection.write(`HTTP/1.1 ${status} X\r\nlocation: /200\r\n${body}\r\n${body === "" ? "" : "ok"}`);
};

both("statuses and redirects", statuses, async (fetcher, peer) => {
  for (const status of [200, 204, 304, 404, 500, 599]) {
    const response = await fetcher(`${peer.url}/${status}`);
    assertEquals([response.status, await response.text()], [status, status === 204 || status === 304 ? "" : "ok"]);
  }
  assertEquals((await fetcher(`${peer.url}/302`)).status, 200);
  const manual = await fetcher(`${peer.url}/302`, { redirect: "manual" });
  assertEquals([manual.status, manual.headers.get("location")], [302, "/200"]);
  await manual.body?.cancel();
  await assertRejects(() => fetcher(`${peer.url}/302`, { redirect: "error" }), TypeError, "redirect");
  await assertRejects(() => fetcher(`${peer.url}/999`), TypeError, "999");
  const head = await fetcher(`${peer.url}/200`, { method: "HEAD" });
  assertEquals([head.headers.get("content-length"), head.body], ["2", null]);
});

const broken: PeerScript = async ({ requestLine }, connection) => {
  if (requestLine.includes("/part")) await connection.write("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\npart");
  connection.close();
};

both("failures are TypeErrors, so that callers try again", broken, async (fetcher, peer) => {
  await assertRejects(() => fetcher(`${peer.url}/x`), TypeError, "error sending request for url");
  const { body } = await fetcher(`${peer.url}/part`);
  const reader = body?.getReader();
  assertEquals(new TextDecoder().decode((await reader?.read())?.value), "part");
  await assertRejects(() => reader?.read() as Promise<unknown>, TypeError, "error decoding response body");
  await assertRejects(() => fetcher("ftp://h/"), TypeError);
  await assertRejects(() => fetcher("no url"), TypeError);
});

const endless: PeerScript = async (_, connection) => {
  await connection.write("HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\ndata: 1\n\n");
  await connection.ended;
  endings.shift()?.();
};
const endings: (() => void)[] = [];

both(
  "an event stream is read while it comes, and ends with its reader or its signal",
  endless,
  async (fetcher, peer) => {
    for (const how of ["cancel", "abort"]) {
      const ended = new Promise<void>((resolve) => endings.push(resolve));
      const abort = new AbortController();
      const { body } = await fetcher(peer.url, { signal: abort.signal });
      const reader = (body as ReadableStream<Uint8Array>).getReader();
      assertEquals(new TextDecoder().decode((await reader.read()).value), "data: 1\n\n");
      if (how === "cancel") {
        await reader.cancel();
      } else {
        abort.abort();
        await assertRejects(() => reader.read(), DOMException, "aborted");
      }
      await ended;
    }
  },
);

const waiting: PeerScript = async (_, connection) => {
  endings.shift()?.();
  await connection.ended;
  endings.shift()?.();
};

both("an abort before the headers ends the request", waiting, async (fetcher, peer) => {
  const [asked, ended] = [0, 1].map(() => new Promise<void>((resolve) => endings.push(resolve)));
  const abort = new AbortController();
  const fetching = fetcher(peer.url, { signal: abort.signal });
  const rejected = assertRejects(() => fetching, DOMException, "aborted");
  await asked;
  abort.abort();
  await rejected;
  await ended;
  await assertRejects(() => fetcher(peer.url, { signal: AbortSignal.abort() }), DOMException);
});

const gzip: PeerScript = async (_, connection) => {
  const stream = new Blob(["squeezed"]).stream().pipeThrough(new CompressionStream("gzip"));
  const bytes = new Uint8Array(await new Response(stream).arrayBuffer());
  await connection.write(`HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: ${bytes.length}\r\n\r\n`);
  await connection.write(bytes);
};

both("what is compressed is decompressed, and nobody is asked to", gzip, async (fetcher, peer) => {
  const response = await fetcher(peer.url);
  assertEquals([response.headers.get("content-encoding"), await response.text()], [null, "squeezed"]);
  assert(!peer.requests[0]?.headers.some(([name]) => name === "accept-encoding"));
});
