import { assert, assertEquals, assertRejects } from "@std/assert";
import { ClientError, type ConnectOptions, DisconnectedError, ExecServerClient } from "../../client/mod.ts";
import type { ProcessEvent, ProcessHandle, ProcessSpec } from "../../protocol/mod.ts";
import { TransportClosedError } from "../../protocol/mod.ts";
import { codexBinaryInTask } from "../interop/codex_binary.ts";
import { ChaosProxy } from "../support/chaos_proxy.ts";
import { ServerProcess } from "../support/server_process.ts";
import { tempDir } from "../support/temp_dir.ts";
import { startServer } from "../support/test_server.ts";
import { until } from "../support/until.ts";

const OPTIONS: ConnectOptions = { clientName: "test", recovery: "resume" };
const PATH = "/usr/local/bin:/usr/bin:/bin";

function sh(script: string, spec: Partial<ProcessSpec> = {}): ProcessSpec {
  return { argv: ["/bin/sh", "-c", script], cwd: "/", env: { PATH }, ...spec };
}

async function textOf(process: ProcessHandle): Promise<string> {
  let text = "";
  for await (const event of process) if (event.type === "output") text += new TextDecoder().decode(event.bytes);
  return text;
}

const originals = await codexBinaryInTask("0.169.0");
const servers = {
  ours: { start: () => startServer(), ignore: false },
  "codex 0.169.0": {
    start: () => {
      const args = ["exec-server", "--listen", "ws://127.0.0.1:0"];
      return ServerProcess.start({ program: originals as string, args });
    },
    ignore: originals === undefined,
  },
};

interface Scene {
  readonly client: ExecServerClient;
  readonly proxy: ChaosProxy;
  readonly server: ServerProcess;
}

function recoveryTest(
  name: string,
  body: (scene: Scene) => Promise<void>,
  options: Partial<ConnectOptions> = {},
): void {
  for (const [server, { start, ignore }] of Object.entries(servers)) {
    Deno.test({
      name: `recovery, ${server}: ${name}`,
      ignore,
      fn: async () => {
        await using server = await start();
        await using proxy = new ChaosProxy(server.url);
        await using client = await ExecServerClient.connect(proxy.url, { ...OPTIONS, ...options });
        await body({ client, proxy, server });
      },
    });
  }
}

recoveryTest("a process goes on over a cut, with all its output and its writes", async ({ client, proxy }) => {
  await using process = await client.start(sh("while read line; do echo got $line; done", { pipeStdin: true }));
  const write = (text: string) => process.write(new TextEncoder().encode(text));
  await write("1\n");
  const iterator = process[Symbol.asyncIterator]();
  assertEquals(new TextDecoder().decode(bytesOf((await iterator.next()).value)), "got 1\n");
  proxy.cut();
  assertEquals(await write("2\n"), "accepted");
  proxy.cut();
  assertEquals(await write("3\n"), "accepted");
  let text = "";
  while (!text.endsWith("got 3\n")) text += new TextDecoder().decode(bytesOf((await iterator.next()).value));
  assertEquals(text, "got 2\ngot 3\n");
  assertEquals(await process.terminate(), true);
  assertEquals((await process.wait()).exitCode, 137);
});

recoveryTest("what a process did while nobody was connected is delivered", async ({ client, proxy }) => {
  await using process = await client.start(sh("read line; echo one; echo two >&2; exit 7", { pipeStdin: true }));
  await process.write(new Uint8Array([10]));
  proxy.cut();
  assertEquals((await process.wait()).exitCode, 7);
  const events: ProcessEvent[] = [];
  for await (const event of process) events.push(event);
  assertEquals(events.map(({ seq }) => seq), events.map((_, i) => i + 1));
  const text = events.map((event) => event.type === "output" ? new TextDecoder().decode(event.bytes) : "").join("");
  assertEquals(text.split("\n").toSorted(), ["", "one", "two"]);
});

recoveryTest("a write whose answer was lost is applied once", async ({ client, proxy }) => {
  await using process = await client.start(sh("head -n 3; echo end", { pipeStdin: true }));
  for (const line of ["a\n", "b\n", "c\n"]) {
    const written = process.write(new TextEncoder().encode(line));
    proxy.cut(); // the request may or may not have reached the server
    assertEquals(await written, "accepted");
  }
  assertEquals(await textOf(process), "a\nb\nc\nend\n");
});

recoveryTest("calls on the wire fail, calls made meanwhile wait", async ({ client, proxy }) => {
  const lost: string[] = [];
  using _listener = client.onDisconnect((message) => lost.push(message));
  await using process = await client.start(sh("sleep 60"));
  const poll = process.read({ waitMs: 1_000 });
  const onTheWire = assertRejects(() => client.call("fs/getMetadata", { path: "file:///" }), DisconnectedError);
  proxy.cut();
  await onTheWire;
  assertEquals(client.connected, false);
  assertEquals((await client.call("fs/getMetadata", { path: "file:///" })).isDirectory, true);
  assertEquals(lost.length, 1);
  assert(lost[0]?.startsWith("exec-server transport disconnected"), lost[0]);
  assertEquals((await poll).failure, null);
});

recoveryTest("a server that lost the session ends it, with the documented text", async ({ client, proxy, server }) => {
  await using process = await client.start(sh("echo ready; sleep 60"));
  const iterator = process[Symbol.asyncIterator]();
  await iterator.next();
  const { sessionId } = client;
  await using other = await servers.ours.start();
  proxy.redirect(other.url);
  server.kill("SIGKILL");
  const error = await assertRejects(() => process.wait(), DisconnectedError);
  const end = `; failed to resume exec-server session: ` +
    `exec-server rejected request (-32600): unknown session id ${sessionId}`;
  assert(error.message.startsWith("exec-server transport disconnected"), error.message);
  assert(error.message.endsWith(end), error.message);
  await client.closed;
  assertEquals(client.failure, error.message);
  await assertRejects(() => client.call("environment/status", null), DisconnectedError, end);
  await assertRejects(() => process.write(new Uint8Array([1])), DisconnectedError, end);
  await assertRejects(() => client.start(sh("true")), DisconnectedError, end);
  await assertRejects(() => Promise.resolve(iterator.next()), DisconnectedError, end);
  const { failure, exited, closed, chunks } = await process.read();
  assertEquals({ failure, exited, closed, chunks }, { failure: error.message, exited: true, closed: true, chunks: [] });
});

recoveryTest("gives up when the window is over", async ({ client, proxy, server }) => {
  await using process = await client.start(sh("sleep 60"));
  proxy.redirect("ws://127.0.0.1:1");
  proxy.cut();
  const error = await assertRejects(() => process.wait(), DisconnectedError);
  assert(
    error.message.endsWith("; failed to resume exec-server session: recovery timed out after 300ms"),
    error.message,
  );
  await client.closed;
  server.kill("SIGTERM");
}, { recoveryWindowMs: 300 });

recoveryTest("a silent server is noticed by pings, and the session recovered", async ({ client, proxy }) => {
  await using process = await client.start(sh("while read line; do echo got $line; done", { pipeStdin: true }));
  proxy.nextFate = () => ({ kind: "stall", afterBytes: 6_000 });
  proxy.cut();
  const iterator = process[Symbol.asyncIterator]();
  for (let i = 0; i < 60; i++) {
    assertEquals(await process.write(new TextEncoder().encode(`${i}\n`)), "accepted");
    assertEquals(new TextDecoder().decode(bytesOf((await iterator.next()).value)), `got ${i}\n`);
  }
  assert(proxy.broken >= 2, `${proxy.broken} silences`);
}, { pingIntervalMs: 100 });

recoveryTest("closing during a recovery ends it at once", async ({ client, proxy }) => {
  await using process = await client.start(sh("sleep 60"));
  proxy.redirect("ws://127.0.0.1:1");
  proxy.cut();
  const disconnected = Promise.withResolvers<void>();
  using _listener = client.onDisconnect(() => disconnected.resolve());
  await disconnected.promise;
  const waiting = assertRejects(() => client.call("environment/status", null), TransportClosedError);
  await client.close();
  await waiting;
  await assertRejects(() => process.wait(), DisconnectedError, "exec-server transport closed");
});

Deno.test("recovery: output that is no longer retained loses one process and not the others", async () => {
  await using dir = await tempDir();
  await using server = await startServer("--retained-output-bytes", "1000");
  await using proxy = new ChaosProxy(server.url);
  await using client = await ExecServerClient.connect(proxy.url, OPTIONS);
  const script = "echo x; while [ ! -e go ]; do sleep 0.02; done; head -c 200000 /dev/zero; touch done";
  await using loud = await client.start(sh(script, { cwd: dir.path }));
  await using quiet = await client.start(sh("read line; echo fine", { pipeStdin: true }));
  for await (const event of loud) if (event.type === "output") break;
  proxy.redirect("ws://127.0.0.1:1");
  proxy.cut();
  await Deno.writeTextFile(`${dir.path}/go`, "");
  await until("the output is written", () => existsSync(`${dir.path}/done`));
  proxy.redirect(server.url);
  const text = `failed to recover process ${loud.processId}: exec-server protocol error: ` +
    "process events are no longer retained while recovering through sequence ";
  await assertRejects(() => loud.wait(), ClientError, text);
  assertEquals((await loud.read()).failure?.startsWith(text), true);
  await quiet.write(new Uint8Array([10]));
  assertEquals(await textOf(quiet), "fine\n");
});

Deno.test("recovery: none means that the first cut ends the client", async () => {
  await using server = await startServer();
  await using proxy = new ChaosProxy(server.url);
  await using client = await ExecServerClient.connect(proxy.url, { clientName: "test" });
  await using process = await client.start(sh("sleep 60"));
  proxy.cut();
  const error = await assertRejects(() => process.wait(), DisconnectedError);
  const reason = "WebSocket protocol error: Connection reset without closing handshake";
  const text = `exec-server transport disconnected: failed to read websocket JSON-RPC message from exec-server ` +
    `websocket ${proxy.url}: ${reason}`;
  assert([text, text.replace(reason, "IO error: Connection reset by peer (os error 104)")].includes(error.message));
  await client.closed;
});

function existsSync(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

function bytesOf(event: ProcessEvent | undefined): Uint8Array {
  if (event?.type !== "output") throw new Error(`expected output: ${JSON.stringify(event)}`);
  return event.bytes;
}
