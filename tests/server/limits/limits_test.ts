import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { ClientError, ExecServerClient } from "../../../client/mod.ts";
import { LIMITS, RpcError } from "../../../protocol/mod.ts";
import { connectRaw, encodeFrame, RawWebSocket, UPGRADE } from "../../faults/support/raw_websocket.ts";
import { collectProcess } from "../../support/collect_process.ts";
import { lines } from "../../support/lines.ts";
import { tempDir } from "../../support/temp_dir.ts";
import { startServer } from "../../support/test_server.ts";
import { until } from "../../support/until.ts";
import { childrenOf } from "../../faults/support/descendants.ts";
import { isHelper } from "../../support/server_watch.ts";
import { rawHttp, StdioClient } from "../lifecycle/support.ts";

const ENV = { PATH: "/usr/bin:/bin" };
const INVALID_REQUEST = -32600;

function connect(url: string): Promise<ExecServerClient> {
  return ExecServerClient.connect(url, { clientName: "test" });
}

function start(client: ExecServerClient, processId: string, argv: string[]) {
  return client.call("process/start", { processId, argv, cwd: "/", env: ENV, tty: false });
}

async function assertRefused(call: () => Promise<unknown>, message: string): Promise<void> {
  const error = await assertRejects(call, RpcError);
  assertEquals({ code: error.code, message: error.message }, { code: INVALID_REQUEST, message });
}

async function assertServes(client: ExecServerClient): Promise<void> {
  assertEquals(await client.call("environment/status", {}), { status: "ready" });
}

/** Calls again until it is not refused: that a connection ended is announced to nobody. */
async function eventually<T>(attempt: () => Promise<T>): Promise<T> {
  for (let left = 500;; left--) {
    try {
      return await attempt();
    } catch (error) {
      if (left === 0) throw error;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }
}

Deno.test("limits: connections; a further one gets 503, and a place when one is free", async () => {
  await using server = await startServer("--max-connections", "2");
  await using one = await connect(server.url);
  const two = await connect(server.url);
  const { status, body } = await rawHttp(server.url, `${UPGRADE}\r\n`);
  assertEquals({ status, body }, { status: 503, body: "at most 2 connections may be open" });
  const error = await assertRejects(() => connect(server.url), ClientError);
  assertStringIncludes(error.message, "503");
  // health needs no place
  assertEquals((await rawHttp(server.url, "GET /readyz HTTP/1.1\r\n\r\n")).status, 200);
  await assertServes(one);
  await assertServes(two);
  await two.close();
  await using three = await eventually(() => connect(server.url));
  await assertServes(three);
});

Deno.test("limits: connections; a client that speaks lines on a unix socket gets an error line", async () => {
  await using dir = await tempDir();
  await using server = await startServer("--listen", `unix://${dir.path}/s`, "--max-connections", "1");
  await using one = await connect(server.url);
  const conn = await connectRaw(server.url);
  await conn.write(new TextEncoder().encode('{"id":1,"method":"initialize","params":{"clientName":"x"}}\n'));
  const received: unknown[] = [];
  for await (const line of lines(conn.readable)) received.push(JSON.parse(line));
  assertEquals(received, [
    { error: { code: INVALID_REQUEST, message: "at most 1 connections may be open" }, id: -1 },
  ]);
  await assertServes(one);
});

Deno.test("limits: sockets that never finish a handshake make room for those that do", async () => {
  await using server = await startServer();
  await using before = await connect(server.url);
  const silent: Deno.Conn[] = [];
  const ended: number[] = [];
  for (let i = 0; i < LIMITS.maxHandshakes + 3; i++) {
    const conn = await connectRaw(server.url);
    silent.push(conn);
    conn.read(new Uint8Array(1)).then(() => ended.push(i), () => {});
  }
  await using after = await connect(server.url);
  await assertServes(after);
  await assertServes(before);
  await until("the sockets that waited longest are closed", () => ended.length >= 3);
  // the one that came last did not have to go for it
  assert(Math.max(...ended) < 8, `${ended}`);
  for (const conn of silent) conn.close();
});

Deno.test("limits: sessions; detached ones without processes make room, others do not", async () => {
  await using server = await startServer("--max-sessions", "2");
  await using one = await connect(server.url);
  const two = await connect(server.url);
  const full = "at most 2 sessions may exist";
  await assertRefused(() => connect(server.url), full);
  await assertServes(one);
  await start(two, "p", ["sleep", "60"]);
  await two.close();
  // its process may still be wanted
  await assertRefused(() => connect(server.url), full);
  await using again = await eventually(() =>
    ExecServerClient.connect(server.url, { clientName: "test", resumeSessionId: two.sessionId })
  );
  await again.call("process/terminate", { processId: "p" });
  while (!(await again.call("process/read", { processId: "p", waitMs: 5_000, afterSeq: 1 })).closed);
  await again.close();
  await using three = await eventually(() => connect(server.url));
  await assertServes(three);
  await assertRefused(
    () => ExecServerClient.connect(server.url, { clientName: "test", resumeSessionId: two.sessionId }),
    `unknown session id ${two.sessionId}`,
  );
});

Deno.test("limits: processes of one session; another session has its own", async () => {
  await using server = await startServer("--max-processes", "2");
  await using one = await connect(server.url);
  await using two = await connect(server.url);
  await start(one, "a", ["sleep", "60"]);
  await start(one, "b", ["sleep", "60"]);
  await assertRefused(() => start(one, "c", ["true"]), "at most 2 processes may run in one session");
  assertEquals((await collectProcess(two, ["echo", "own"])).stdout, "own\n");
  await one.call("process/terminate", { processId: "a" });
  while (!(await one.call("process/read", { processId: "a", waitMs: 5_000, afterSeq: 1 })).closed);
  // a closed one that is remembered takes no place
  assertEquals((await collectProcess(one, ["echo", "free"], { processId: "c" })).stdout, "free\n");
});

Deno.test("limits: closed processes that one session remembers", async () => {
  await using server = await startServer();
  await using client = await connect(server.url);
  const count = LIMITS.maxClosedProcesses + 2;
  for (let i = 0; i < count; i += 50) {
    const ids = Array.from({ length: Math.min(50, count - i) }, (_, j) => `${i + j}`);
    await Promise.all(ids.map((processId) => collectProcess(client, ["true"], { processId })));
  }
  const { processes } = await client.call("process/list", {});
  assertEquals(processes.length, LIMITS.maxClosedProcesses);
});

Deno.test("limits: output retained by one session; the oldest of closed processes goes first", async () => {
  await using server = await startServer("--max-retained-bytes", "1000000");
  await using one = await connect(server.url);
  await using two = await connect(server.url);
  const print = (client: ExecServerClient, processId: string, bytes: number) =>
    collectProcess(client, ["sh", "-c", `head -c ${bytes} /dev/zero`], { processId });
  const retained = async (client: ExecServerClient, processId: string) => {
    const { chunks, exitCode } = await client.call("process/read", { processId });
    return { bytes: chunks.reduce((sum, { chunk }) => sum + Uint8Array.fromBase64(chunk).length, 0), exitCode };
  };
  await print(two, "other", 900_000);
  await print(one, "old", 400_000);
  await print(one, "middle", 400_000);
  // what the client gets live is complete
  assertEquals((await print(one, "new", 800_000)).stdout.length, 800_000);
  assertEquals(await retained(one, "old"), { bytes: 0, exitCode: 0 });
  const middle = await retained(one, "middle");
  assert(middle.bytes < 400_000 && middle.exitCode === 0, `${middle.bytes}`);
  assertEquals(await retained(one, "new"), { bytes: 800_000, exitCode: 0 });
  assertEquals(await retained(two, "other"), { bytes: 900_000, exitCode: 0 });
  const dropped = (await one.call("process/list", {})).processes.map(({ droppedBytes }) => droppedBytes);
  assertEquals(dropped, [400_000, 400_000 - middle.bytes, 0]);
});

Deno.test("limits: requests in flight; further ones wait, another connection does not", async () => {
  await using server = await startServer("--max-in-flight", "2");
  await using one = await connect(server.url);
  await using two = await connect(server.url);
  await start(one, "p", ["sleep", "60"]);
  const polls = [1, 2].map(() => one.call("process/read", { processId: "p", waitMs: 300 }));
  let answered = false;
  const third = one.call("environment/status", {}).then(() => answered = true);
  for (let i = 0; i < 20; i++) await assertServes(two);
  assertEquals(answered, false);
  await Promise.all([...polls, third]);
});

Deno.test("limits: size of a message; it ends the connection of the one that sent it", async () => {
  await using server = await startServer("--max-message-bytes", `${LIMITS.minMessageBytes}`);
  await using other = await connect(server.url);
  const message = (bytes: number) => {
    const text = JSON.stringify({ id: 1, method: "environment/status", pad: "" });
    return text.replace('"pad":""', `"pad":"${"x".repeat(bytes - text.length)}"`);
  };
  using fits = await RawWebSocket.open(server.url);
  await fits.initialize();
  await fits.send(message(LIMITS.minMessageBytes));
  assertEquals((await fits.message(({ id }) => id === 1)).result, { status: "ready" });
  await fits.send(message(LIMITS.minMessageBytes + 1));
  assertEquals(await fits.closeFrame(), { code: 1009, reason: "frame too large" });
  using fragments = await RawWebSocket.open(server.url);
  const half = "x".repeat(LIMITS.minMessageBytes / 2 + 1);
  await fragments.write(encodeFrame(half, { fin: false }));
  await fragments.write(encodeFrame(half, { opcode: 0 }));
  assertEquals(await fragments.closeFrame(), { code: 1009, reason: "message too large" });
  await assertServes(other);
});

Deno.test("limits: size of a line; it is refused and the next one is read", async () => {
  const client = new StdioClient("--max-message-bytes", `${LIMITS.minMessageBytes}`);
  await client.write(`${" ".repeat(LIMITS.minMessageBytes + 1)}{}\n`);
  const { error } = await client.message(({ id }) => id === -1);
  assertEquals(error, {
    code: INVALID_REQUEST,
    message: "failed to parse JSON-RPC message from exec-server stdio: line exceeds the limit of 2097152 bytes",
  });
  await client.initialize();
  await client.end();
  assertEquals((await client.ended()).code, 0);
});

Deno.test("limits: streamed HTTP responses of one connection; buffered ones and another connection go on", async () => {
  const release = Promise.withResolvers<void>();
  const upstream = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, (request) => {
    if (!request.url.endsWith("/slow")) return new Response("quick");
    const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
      start: (controller) => controller.enqueue(new TextEncoder().encode("first")),
      pull: async (controller) => {
        await release.promise;
        controller.close();
      },
    });
    return new Response(body);
  });
  const get = (client: ExecServerClient, requestId: string, path: string, streamResponse: boolean) =>
    client.call("http/request", {
      requestId,
      method: "GET",
      url: `http://127.0.0.1:${upstream.addr.port}${path}`,
      headers: [],
      streamResponse,
    });
  {
    await using server = await startServer("--max-http-streams", "1");
    await using one = await connect(server.url);
    await using two = await connect(server.url);
    await get(one, "a", "/slow", true);
    const refused = "at most 1 streamed responses may be open per connection";
    await assertRefused(() => get(one, "b", "/slow", true), refused);
    assertEquals(atob((await get(one, "c", "/quick", false)).bodyBase64), "quick");
    assertEquals((await get(two, "a", "/slow", true)).status, 200);
  }
  release.resolve();
  await upstream.shutdown();
});

Deno.test("limits: idle helpers; those that were not used for longest end", async () => {
  await using dir = await tempDir();
  await using server = await startServer("--max-helpers", "2");
  await using client = await connect(server.url);
  for (let i = 0; i < 5; i++) {
    const path = `${dir.path}/${i}`;
    await Deno.mkdir(path);
    const entries = [{ path: { type: "path", path }, access: "read" }];
    const sandbox = {
      permissions: { type: "managed", file_system: { type: "restricted", entries }, network: "restricted" },
      cwd: path,
      windowsSandboxLevel: "disabled",
      useLegacyLandlock: false,
    };
    assertEquals((await client.call("fs/readDirectory", { path, sandbox })).entries, []);
  }
  const helpers = () => childrenOf(server.pid).filter(isHelper).length;
  await until("two are left", () => helpers() === 2);
});

Deno.test("limits: file handles of one connection", async () => {
  await using server = await startServer("--max-file-handles", "2");
  await using one = await connect(server.url);
  await using two = await connect(server.url);
  const open = (client: ExecServerClient, handleId: string) =>
    client.call("fs/open", { handleId, path: "/etc/passwd" });
  await open(one, "a");
  await open(one, "b");
  await assertRefused(() => open(one, "c"), "at most 2 file handles may be open per connection");
  await open(two, "a");
  await one.call("fs/close", { handleId: "a" });
  await open(one, "c");
});
