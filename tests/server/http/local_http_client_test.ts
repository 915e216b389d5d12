import { assert, assertEquals, assertRejects } from "@std/assert";
import { type HttpRequest, RpcError } from "../../../protocol/mod.ts";
import { HttpPolicy, LocalHttpClient, type LocalHttpClientOptions } from "../../../server/mod.ts";
import { type PeerScript, RawPeer } from "../../support/raw_peer.ts";
import { until } from "../../support/until.ts";

const OK = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";

const TLS_DATA = new URL("../../testdata/http_tls/", import.meta.url);
const CA = new URL("ca.pem", TLS_DATA).pathname;

/** "loopback" is signed by {@linkcode CA}, "other" is not. */
async function certificate(name = "loopback"): Promise<{ cert: string; key: string }> {
  const [cert, key] = await Promise.all(
    ["pem", "key"].map((end) => Deno.readTextFile(new URL(`${name}.${end}`, TLS_DATA))),
  );
  return { cert: cert as string, key: key as string };
}

/** A client that asks no name server. */
function client(options: LocalHttpClientOptions = {}): LocalHttpClient {
  const resolve = (name: string) => Promise.reject(new Error(`unknown name: ${name}`));
  return new LocalHttpClient({ environment: {}, resolve, ...options });
}

async function failure(promise: Promise<unknown>): Promise<string> {
  const error = await assertRejects(() => promise, RpcError);
  return `${error.code} ${error.message}`;
}

async function text(body: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<string> {
  return await new Response(body).text();
}

const get = (url: string, more: Partial<HttpRequest> = {}): HttpRequest => ({ method: "GET", url, ...more });

Deno.test("LocalHttpClient: connections are used again, by followers and others", async () => {
  await using peer = RawPeer.start((_, connection) => connection.write(OK));
  using http = client();
  for (let i = 0; i < 3; i++) assertEquals((await http.request(get(peer.url))).status, 200);
  const { status, body } = await http.requestStream(get(peer.url, { redirectPolicy: "stop" }));
  assertEquals([status, await text(body)], [200, "ok"]);
  assertEquals(peer.requests.map(({ conn, reqNo }) => [conn, reqNo]), [[1, 1], [1, 2], [1, 3], [1, 4]]);
});

Deno.test("LocalHttpClient: a connection with anything unclear is not used again", async () => {
  const answers = [
    "HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: Close\r\n\r\nok",
    "HTTP/1.0 200 OK\r\ncontent-length: 2\r\n\r\nok",
    `${OK}EXTRA`,
    "HTTP/1.1 101 Switching\r\nupgrade: x\r\n\r\n",
  ];
  await using peer = RawPeer.start((request, connection) => connection.write(answers[request.conn - 1] ?? OK));
  using http = client();
  for (const _ of [...answers, "the last"]) await http.request(get(peer.url));
  await http.request(get(peer.url, { headers: [{ name: "connection", value: "close" }] }));
  await http.request(get(peer.url));
  assertEquals(peer.requests.map(({ conn }) => conn), [1, 2, 3, 4, 5, 5, 6]);
});

Deno.test("LocalHttpClient: a connection that the server closed is replaced, also behind its back", async () => {
  await using peer = RawPeer.start(async (request, connection) => {
    // the second request on a connection is taken and not answered
    if (request.reqNo === 1) await connection.write(OK);
    else connection.close();
  });
  using http = client();
  assertEquals((await http.request(get(peer.url))).status, 200);
  assertEquals((await http.request(get(peer.url))).status, 200);
  assertEquals(peer.requests.map(({ conn, reqNo }) => [conn, reqNo]), [[1, 1], [1, 2], [2, 1]]);
  const lost = http.request({ method: "POST", url: peer.url });
  assertEquals(await failure(lost), `-32603 http/request failed: error sending request for url (${peer.url}/)`);
  assertEquals(peer.requests.length, 4, "what may have a side effect is not sent twice");
});

Deno.test("LocalHttpClient: an answer that comes before the body is sent counts", async () => {
  const early = "HTTP/1.1 413 Too Large\r\ncontent-length: 0\r\n\r\n";
  await using peer = RawPeer.start(() => {}, {
    raw: async (conn) => {
      await conn.read(new Uint8Array(100));
      await conn.write(new TextEncoder().encode(early));
      await peerRests.promise;
    },
  });
  const peerRests = Promise.withResolvers<void>();
  using http = client();
  const body = new Uint8Array(16 * 1024 * 1024);
  assertEquals((await http.request({ method: "POST", url: peer.url, body })).status, 413);
  peerRests.resolve();
});

Deno.test("LocalHttpClient: an aborted call closes its connection in every phase", async (t) => {
  const phases: Record<string, string> = {
    "before the headers": "",
    "inside the headers": "HTTP/1.1 200 O",
    "inside a body of known length": "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\npart",
    "inside chunks": "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\npa",
  };
  for (const [phase, answer] of Object.entries(phases)) {
    await t.step(phase, async () => {
      const asked = Promise.withResolvers<void>();
      const ended = Promise.withResolvers<void>();
      await using peer = RawPeer.start(async (_, connection) => {
        await connection.write(answer);
        asked.resolve();
        await connection.ended;
        ended.resolve();
      });
      using http = client();
      const abort = new AbortController();
      const calls = Promise.allSettled([http.request(get(peer.url), { signal: abort.signal })]);
      await asked.promise;
      abort.abort();
      await ended.promise;
      const [result] = await calls;
      assert(result?.status === "rejected" && result.reason.message.includes("http/request was cancelled"), phase);
    });
  }
});

Deno.test("LocalHttpClient: a stream ends with its reader, its signal and its client", async (t) => {
  const endings: Record<string, (body: ReadableStream, abort: AbortController, http: LocalHttpClient) => unknown> = {
    "cancel()": (body) => body.cancel(),
    "the signal": (_, abort) => abort.abort(),
    "close()": (_, __, http) => http.close(),
  };
  for (const [ending, end] of Object.entries(endings)) {
    await t.step(ending, async () => {
      const ended = Promise.withResolvers<void>();
      await using peer = RawPeer.start(async (_, connection) => {
        await connection.write("HTTP/1.1 200 OK\r\n\r\nfirst");
        await connection.ended;
        ended.resolve();
      });
      using http = client();
      const abort = new AbortController();
      const { body } = await http.requestStream(get(peer.url), { signal: abort.signal });
      await end(body, abort, http);
      await ended.promise;
      if (ending !== "cancel()") assertEquals(await failure(text(body)), "-32603 http/request was cancelled");
    });
  }
});

Deno.test("LocalHttpClient: the deadline covers headers, redirects and the body", async () => {
  await using peer = RawPeer.start(async ({ requestLine }, connection) => {
    if (requestLine.includes("/r")) await connection.write("HTTP/1.1 302 R\r\nlocation: /silent\r\n\r\n");
    if (requestLine.includes("/part")) await connection.write("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\npart");
    await connection.ended;
  });
  using http = client();
  const timeoutMs = 100;
  const sending = (path: string) => `-32603 http/request failed: error sending request for url (${peer.url}${path})`;
  assertEquals(await failure(http.request(get(`${peer.url}/silent`, { timeoutMs }))), sending("/silent"));
  assertEquals(await failure(http.request(get(`${peer.url}/r?a#b`, { timeoutMs }))), sending("/silent"));
  const body = "-32603 failed to read http/request response body: error decoding response body";
  assertEquals(await failure(http.request(get(`${peer.url}/part`, { timeoutMs }))), body);
  const stream = await http.requestStream(get(`${peer.url}/part`, { timeoutMs }));
  assertEquals(await failure(text(stream.body)), "-32603 error decoding response body");
  const timedOut = "-32603 http/request failed: route-aware request timed out";
  assertEquals(await failure(http.request(get(`${peer.url}/silent`, { timeoutMs: 0 }))), timedOut);
  await until("every connection is closed", () => peer.open === 0);
});

Deno.test("LocalHttpClient: a name is resolved once, and what was checked is connected to", async () => {
  await using peer = RawPeer.start((_, connection) => connection.write(OK));
  const asked: string[] = [];
  // a name server that changes its mind: the second answer would lead to a metadata service
  const resolve = (name: string) => {
    asked.push(name);
    return Promise.resolve(asked.length === 1 ? ["127.0.0.1"] : ["169.254.169.254"]);
  };
  using http = client({ resolve });
  const url = `http://rebinding.test:${peer.port}/`;
  assertEquals((await http.request(get(url))).status, 200);
  assertEquals((await http.request(get(url))).status, 200);
  assertEquals([asked, peer.connections], [["rebinding.test"], 1]);
  const again = http.request(get(`http://other.test:${peer.port}/`));
  assertEquals(await failure(again), "-32600 http/request to other.test is refused by the policy of this executor");
});

Deno.test("LocalHttpClient: refused addresses are left out, others connected to", async () => {
  await using peer = RawPeer.start((_, connection) => connection.write(OK));
  const resolve = () => Promise.resolve(["169.254.169.254", "::ffff:169.254.169.254", "127.0.0.1"]);
  using http = client({ resolve });
  assertEquals((await http.request(get(`http://mixed.test:${peer.port}/`))).status, 200);
});

Deno.test("LocalHttpClient: every hop of a redirect is checked", async () => {
  await using peer = RawPeer.start(({ requestLine }, connection) => {
    const target = decodeURIComponent(requestLine.split("?")[1]?.split(" ")[0] ?? "");
    return connection.write(`HTTP/1.1 307 R\r\nlocation: ${target}\r\ncontent-length: 0\r\n\r\n`);
  });
  const resolve = () => Promise.resolve(["fd00:ec2::254"]);
  using http = client({ resolve });
  const targets: [url: string, host: string][] = [
    ["http://169.254.169.254/latest/meta-data", "169.254.169.254"],
    ["http://2852039166/", "169.254.169.254"],
    ["http://[::ffff:169.254.169.254]/", "::ffff:a9fe:a9fe"],
    ["http://metadata.test/", "metadata.test"],
  ];
  for (const [target, host] of targets) {
    const request = get(`${peer.url}/?${encodeURIComponent(target)}`);
    const refused = `-32600 http/request to ${host} is refused by the policy of this executor`;
    assertEquals(await failure(http.request(request)), refused);
    const stopped = await http.request({ ...request, redirectPolicy: "stop" });
    assertEquals(stopped.status, 307, "returning it reaches nobody");
  }
  using denying = client({ policy: new HttpPolicy({ deny: [`127.0.0.1:${peer.port}`] }) });
  assert((await failure(denying.request(get(peer.url)))).startsWith("-32600"));
});

Deno.test("LocalHttpClient: the next address is tried when one does not answer", async () => {
  await using peer = RawPeer.start((_, connection) => connection.write(OK));
  using http = client({ resolve: () => Promise.resolve(["127.0.0.2", "::1", "127.0.0.1"]) });
  assertEquals((await http.request(get(`http://many.test:${peer.port}/`))).status, 200);
});

Deno.test("LocalHttpClient: a name that is not known, or is looked up for ever, is a send error", async () => {
  using unknown = client();
  const text = "-32603 http/request failed: error sending request for url (http://no.test/)";
  assertEquals(await failure(unknown.request(get("http://no.test/"))), text);
  using empty = client({ resolve: () => Promise.resolve([]) });
  assertEquals(await failure(empty.request(get("http://no.test/"))), text);
  using slow = client({ resolve: () => new Promise(() => {}) });
  assertEquals(await failure(slow.request(get("http://no.test/", { timeoutMs: 50 }))), text);
});

Deno.test("LocalHttpClient: a SOCKS proxy carries http and https, and resolves names", async () => {
  const tls = await certificate();
  await using plain = RawPeer.start((_, connection) => connection.write(OK));
  await using secure = RawPeer.start((_, connection) => connection.write(OK), { tls });
  const seen: string[] = [];
  await using proxy = RawPeer.start(() => {}, { raw: (conn) => socks(conn, seen) });
  const environment = { ALL_PROXY: `socks5h://user:pa%3Ass@127.0.0.1:${proxy.port}`, CODEX_CA_CERTIFICATE: CA };
  using http = client({ environment });
  assertEquals((await http.request(get(`http://named.test:${plain.port}/`))).status, 200);
  assertEquals((await http.request(get(`https://localhost:${secure.port}/`))).status, 200);
  assertEquals((await http.request(get(`https://127.0.0.1:${secure.port}/`))).status, 200);
  assertEquals(seen, ["user pa:ss named.test", "user pa:ss localhost", "user pa:ss 127.0.0.1"]);
});

Deno.test("LocalHttpClient: an https proxy carries https", async (t) => {
  const tls = await certificate();
  const large = "x".repeat(3_000_000);
  const script: PeerScript = async ({ requestLine, body }, connection) => {
    const [, path] = requestLine.split(" ");
    if (path === "/echo") {
      await connection.write(`HTTP/1.1 200 OK\r\n\r\n${body.length}`);
      connection.close();
    } else if (path === "/large") {
      await connection.write(`HTTP/1.1 200 OK\r\ncontent-length: ${large.length}\r\n\r\n${large}`);
    } else if (path !== "/never") {
      await connection.write(OK);
    }
  };
  await using secure = RawPeer.start(script, { tls });
  await using other = RawPeer.start(script, { tls: await certificate("other") });
  const seen: string[] = [];
  await using proxy = RawPeer.start(() => {}, { tls, raw: (conn) => connectProxy(conn, seen) });
  const environment = { HTTPS_PROXY: `https://user:pass@127.0.0.1:${proxy.port}`, CODEX_CA_CERTIFICATE: CA };
  const url = `https://localhost:${secure.port}/`;
  using http = client({ environment });

  await t.step("over one connection, with the proxy's credentials", async () => {
    for (let i = 0; i < 3; i++) assertEquals((await http.request(get(url))).status, 200);
    assertEquals(seen, [`CONNECT localhost:${secure.port} Basic dXNlcjpwYXNz`]);
    assertEquals([secure.connections, proxy.connections], [1, 1]);
  });
  await t.step("bodies both ways", async () => {
    assertEquals((await http.request(get(`${url}large`))).body.length, large.length);
    const body = new Uint8Array(2_000_000);
    const { status, body: echoed } = await http.request({ method: "POST", url: `${url}echo`, body });
    assertEquals([status, new TextDecoder().decode(echoed)], [200, String(body.length)]);
  });
  await t.step("an aborted call and a closed client close both connections", async () => {
    const abort = new AbortController();
    const pending = http.request(get(`${url}never`), { signal: abort.signal });
    await until("the request is there", () => secure.requests.at(-1)?.requestLine.includes("/never") === true);
    abort.abort();
    assertEquals(await failure(pending), "-32603 http/request was cancelled");
    await until("both connections are closed", () => secure.open === 0 && proxy.open === 0);
    assertEquals((await http.request(get(url))).status, 200);
    http.close();
    await until("both connections are closed", () => secure.open === 0 && proxy.open === 0);
  });
  await t.step("a certificate that is not trusted ends it, the server's or the proxy's", async () => {
    const sending = (url: string) => `-32603 http/request failed: error sending request for url (${url})`;
    using http = client({ environment });
    const untrusted = `https://localhost:${other.port}/`;
    assertEquals(await failure(http.request(get(untrusted))), sending(untrusted));
    using strict = client({ environment: { HTTPS_PROXY: environment.HTTPS_PROXY } });
    assertEquals(await failure(strict.request(get(url))), sending(url));
    await until("both connections are closed", () => other.open === 0 && proxy.open === 0);
  });
});

/** A proxy that leads every CONNECT to this machine. */
async function connectProxy(conn: Deno.Conn, seen: string[]): Promise<void> {
  const buffer = new Uint8Array(4096);
  const head = new TextDecoder().decode(buffer.subarray(0, await conn.read(buffer) ?? 0));
  const [, method, host, port] = /^(\w+) ([^:]+):(\d+) HTTP/.exec(head) ?? [];
  seen.push(`${method} ${host}:${port} ${/^proxy-authorization: (.*)$/im.exec(head)?.[1]}`);
  using target = await Deno.connect({ hostname: "127.0.0.1", port: Number(port) });
  await conn.write(new TextEncoder().encode("HTTP/1.1 200 OK\r\n\r\n"));
  await join(conn, target);
}

/** A SOCKS 5 proxy that asks for a password and leads every name to this machine. */
async function socks(conn: Deno.Conn, seen: string[]): Promise<void> {
  const read = async (count: number) => {
    const bytes = new Uint8Array(count);
    for (let at = 0; at < count;) at += await conn.read(bytes.subarray(at)) ?? Infinity;
    return bytes;
  };
  const string = async () => new TextDecoder().decode(await read((await read(1))[0] as number));
  const [, methods] = await read(2);
  await read(methods as number);
  await conn.write(new Uint8Array([5, 2]));
  await read(1);
  const who = `${await string()} ${await string()}`;
  await conn.write(new Uint8Array([1, 0]));
  const [, , , kind] = await read(4);
  const host = kind === 3 ? await string() : (await read(4)).join(".");
  const [high, low] = await read(2);
  seen.push(`${who} ${host}`);
  await conn.write(new Uint8Array([5, 0, 0, 1, 0, 0, 0, 0, 0, 0]));
  using target = await Deno.connect({ hostname: "127.0.0.1", port: (high as number) * 256 + (low as number) });
  await join(conn, target);
}

/** Carries bytes both ways until one side ends. */
async function join(one: Deno.Conn, other: Deno.Conn): Promise<void> {
  const carry = async (from: Deno.Conn, to: Deno.Conn) => {
    const buffer = new Uint8Array(65_536);
    for (let count = await from.read(buffer); count !== null; count = await from.read(buffer)) {
      for (let at = 0; at < count;) at += await to.write(buffer.subarray(at, count));
    }
  };
  await Promise.race([carry(one, other), carry(other, one)]);
}
