import { assert, assertEquals } from "@std/assert";
import { COUNTERS, GAUGES } from "../../../server/telemetry/signals.ts";
import { RawWebSocket, UPGRADE } from "../../faults/support/raw_websocket.ts";
import { ServerProcess } from "../../support/server_process.ts";
import { tempDir } from "../../support/temp_dir.ts";
import { serverCommand } from "../../support/test_server.ts";
import { until } from "../../support/until.ts";
import { rawHttp } from "../lifecycle/support.ts";
import { OtlpReceiver } from "./otlp_receiver.ts";

const TRACE = "0af7651916cd43dd8448eb211c80319c", SPAN = "b7ad6b7169203331";
const PARENT = `00-${TRACE}-${SPAN}-01`;
const TOKEN = "zqtokenzq";
const PATIENCE_MS = 20_000;

/** Every label and attribute there may be, with a pattern of its values. */
const LABELS: Readonly<Record<string, RegExp>> = {
  "rpc.system.name": /^jsonrpc$/,
  "rpc.method": /^[a-zA-Z]+(\/[a-zA-Z0-9]+)?$/,
  "rpc.response.status_code": /^(unexpected|-\d+)$/,
  "outcome": /^(ok|unexpected|-\d+|resumed|unknown|attached)$/,
  "reason": /^(authentication|rate|capacity)$/,
  "state": /^(attached|detached)$/,
};

async function startReporting(receiver: OtlpReceiver, ...args: string[]): Promise<ServerProcess> {
  return await ServerProcess.start({ ...serverCommand(...args), env: receiver.env });
}

/** Sends a request and waits for its answer. */
async function ask(socket: RawWebSocket, message: Record<string, unknown>): Promise<Record<string, unknown>> {
  const id = crypto.randomUUID();
  await socket.sendMessage({ id, ...message });
  return await socket.message((answer) => answer.id === id);
}

Deno.test("telemetry: each request is a span of its own below the client's", async () => {
  await using receiver = new OtlpReceiver();
  await using server = await startReporting(receiver);
  using socket = await RawWebSocket.open(server.url);
  await socket.initialize();
  const method = "fs/getMetadata";
  const good = { method, params: { path: "/" } }, bad = { method, params: { path: "/does/not/exist" } };
  await ask(socket, { ...good, trace: { traceparent: PARENT, tracestate: "a=b" } });
  await ask(socket, { ...bad, trace: { traceparent: PARENT } });
  await ask(socket, good);
  await ask(socket, { ...good, trace: { traceparent: "00-nonsense" } });
  await ask(socket, { method: "no/such" });
  await until("the spans arrive", () => receiver.spans.length >= 6, PATIENCE_MS);
  const spans = receiver.spans;
  assertEquals(spans.map(({ name }) => name).toSorted(), [...Array(4).fill(method), "initialize", "unknown"]);
  assertEquals(new Set(spans.map(({ kind }) => kind)), new Set([2]));
  const calls = spans.filter(({ traceId }) => traceId === TRACE);
  assertEquals(calls.map(({ name, parentSpanId }) => [name, parentSpanId]), [[method, SPAN], [method, SPAN]]);
  const roots = spans.filter(({ traceId }) => traceId !== TRACE);
  assertEquals(roots.map(({ parentSpanId }) => parentSpanId), Array(4).fill(""));
  assertEquals(new Set(roots.map(({ traceId }) => traceId)).size, 4);
  const codes = spans.filter(({ failed }) => failed).map(({ attributes }) => attributes["rpc.response.status_code"]);
  assertEquals(codes.toSorted(), ["-32004", "-32601"]);
});

Deno.test("telemetry: counters and gauges tell what happened", async () => {
  await using receiver = new OtlpReceiver();
  await using dir = await tempDir();
  await Deno.writeTextFile(`${dir.path}/token`, TOKEN);
  const auth = ["--ws-auth", "capability-token", "--ws-token-file", `${dir.path}/token`];
  await using server = await startReporting(receiver, ...auth, "--max-connections", "2");
  const headers = { authorization: `Bearer ${TOKEN}` };
  using socket = await RawWebSocket.open(server.url, { headers });
  const sessionId = await socket.initialize();
  for (let i = 0; i < 5; i++) await ask(socket, { method: "fs/getMetadata", params: { path: "/" } });
  await ask(socket, { method: "fs/getMetadata", params: { path: "/does/not/exist" } });
  const argv = ["sleep", "60"], env = { PATH: "/usr/bin:/bin" };
  await ask(socket, { method: "process/start", params: { processId: "p", argv, cwd: "/", env, tty: false } });
  using second = await RawWebSocket.open(server.url, { headers });
  for (const resumeSessionId of [sessionId, "none"]) {
    await ask(second, { method: "initialize", params: { clientName: "x", resumeSessionId } });
  }
  assertEquals((await rawHttp(server.url, `${UPGRADE}Authorization: Bearer ${TOKEN}\r\n\r\n`)).status, 503);
  assertEquals((await rawHttp(server.url, `${UPGRADE}\r\n`)).status, 401);
  const expected: [string, Record<string, string>, number][] = [
    ["exec_server.requests", { "rpc.method": "fs/getMetadata", outcome: "ok" }, 5],
    ["exec_server.requests", { "rpc.method": "fs/getMetadata", outcome: "-32004" }, 1],
    ["exec_server.request.duration", { "rpc.method": "fs/getMetadata" }, 6],
    ["exec_server.resumes", { outcome: "attached" }, 1],
    ["exec_server.resumes", { outcome: "unknown" }, 1],
    ["exec_server.refusals", { reason: "authentication" }, 1],
    ["exec_server.refusals", { reason: "capacity" }, 1],
    ["exec_server.connections", {}, 2],
    ["exec_server.sessions", { state: "attached" }, 1],
    ["exec_server.sessions", { state: "detached" }, 0],
    ["exec_server.processes", {}, 1],
    ["exec_server.helpers", {}, 0],
    ["exec_server.requests.in_flight", {}, 0],
    ["exec_server.send_queue", {}, 0],
  ];
  const missing = () => expected.filter(([metric, labels, value]) => receiver.value(metric, labels) !== value);
  await until("every value arrives", () => missing().length === 0, PATIENCE_MS).catch(() => {});
  assertEquals(missing(), []);
  const documented = [...GAUGES.map(({ name }) => name), ...Object.values(COUNTERS).map(({ name }) => name)];
  assertEquals([...new Set(receiver.points.map(({ metric }) => metric))].toSorted(), documented.toSorted());
  socket.drop();
  const detached = () => receiver.value("exec_server.sessions", { state: "detached" });
  await until("the session is seen to wait", () => detached() === 1, PATIENCE_MS);
});

Deno.test("telemetry: nothing a client sends is in any signal", async () => {
  await using receiver = new OtlpReceiver();
  await using dir = await tempDir();
  // letters alone, so that no encoding changes them; each stands for one kind of secret
  const [command, path, body, variable, method, state, id, input] = [
    ...["zqcommandzq", "zqpathzq", "zqbodyzq", "zqenvzq", "zqmethodzq", "zqstatezq", "zqidzq", "zqinputzq"],
  ] as [string, string, string, string, string, string, string, string];
  const secrets = [command, path, body, variable, method, state, id, input, TOKEN];
  await Deno.writeTextFile(`${dir.path}/token`, TOKEN);
  const auth = ["--ws-auth", "capability-token", "--ws-token-file", `${dir.path}/token`];
  const server = await startReporting(receiver, ...auth, "--log-level", "debug");
  const headers = { authorization: `Bearer ${TOKEN}` };
  const trace = { traceparent: PARENT, tracestate: `v=${state}` };
  {
    using socket = await RawWebSocket.open(server.url, { headers });
    await socket.initialize();
    const call = (message: Record<string, unknown>) => ask(socket, { ...message, trace });
    const file = `${dir.path}/${path}`;
    await call({ method: "fs/writeFile", params: { path: file, dataBase64: btoa(body) } });
    const read = await call({ method: "fs/readFile", params: { path: file } });
    assertEquals(atob((read.result as { dataBase64: string }).dataBase64), body);
    await call({ method: "fs/readFile", params: { path: `${file}/below` } });
    await call({ method: "fs/readFile", params: { path: 5, [path]: path } });
    await call({ method: `${method}/${method}`, params: {} });
    await call({ method: "process/read", params: { processId: id } });
    const started = await call({
      method: "process/start",
      params: {
        processId: id,
        argv: ["/bin/sh", "-c", `cat; echo $${variable}`, command],
        cwd: dir.path,
        env: { [variable]: `${variable}value`, PATH: "/usr/bin:/bin" },
        tty: false,
        pipeStdin: true,
      },
    });
    assertEquals((started.result as { processId: string }).processId, id);
    await call({ method: "process/write", params: { processId: id, chunk: btoa(input), writeId: id } });
    await call({ method: "process/closeStdin", params: { processId: id } });
    await call({ method: "process/start", params: { processId: "x", argv: [command], cwd: "/", env: {}, tty: false } });
    await socket.sendMessage({ method });
    await socket.closeFrame();
  }
  await rawHttp(server.url, `${UPGRADE}Authorization: Bearer ${TOKEN}x\r\n\r\n`);
  await rawHttp(server.url, `GET /${path}?${TOKEN} HTTP/1.1\r\n\r\n`);
  const labels = { "rpc.method": "process/start", outcome: "-32603" };
  await until("the last request is counted", () => receiver.value("exec_server.requests", labels) === 1, PATIENCE_MS);
  const starts = () => receiver.spans.filter(({ name }) => name === "process/start").length;
  await until("the last span arrives", () => starts() === 2, PATIENCE_MS);
  await server[Symbol.asyncDispose]();
  const seen = receiver.everything.toLowerCase();
  // the search finds what is there
  assert(seen.includes("process/start") && seen.includes(TRACE));
  const forms = secrets.flatMap((secret) => [secret, btoa(secret).replace(/=+$/, "").toLowerCase()]);
  assertEquals(forms.filter((form) => seen.includes(form)), []);
  assert(!seen.includes(dir.path.toLowerCase()));
  for (const { attributes } of receiver.spans) checkLabels(attributes);
  for (const { labels } of receiver.points) checkLabels(labels);
  // what was logged meanwhile keeps quiet as well
  const log = server.stderr.join("\n");
  assert(log.includes("authentication failed"));
  assertEquals(secrets.filter((secret) => log.includes(secret)), []);
});

function checkLabels(labels: Readonly<Record<string, unknown>>): void {
  for (const [name, value] of Object.entries(labels)) {
    assert(LABELS[name]?.test(String(value)), `${name}: ${value}`);
  }
}

Deno.test("telemetry: processes do not inherit its settings", async () => {
  await using receiver = new OtlpReceiver();
  const env = { ...receiver.env, OTEL_EXPORTER_OTLP_HEADERS: `authorization=${TOKEN}`, KEPT: "yes" };
  await using server = await ServerProcess.start({ ...serverCommand(), env });
  using socket = await RawWebSocket.open(server.url);
  await socket.initialize();
  const envPolicy = { inherit: "all", ignoreDefaultExcludes: true, exclude: [], set: {}, includeOnly: [] };
  const params = { processId: "p", argv: ["/usr/bin/env"], cwd: "/", env: {}, tty: false, envPolicy };
  await socket.sendMessage({ id: 1, method: "process/start", params });
  const output = await socket.message((message) => message.method === "process/output");
  const text = atob((output.params as { chunk: string }).chunk);
  assert(text.includes("KEPT=yes") && !text.includes("OTEL"), text);
});

Deno.test("telemetry: off unless Deno was started with it", async () => {
  await using receiver = new OtlpReceiver();
  const { OTEL_DENO: _, ...env } = receiver.env;
  const server = await ServerProcess.start({ ...serverCommand(), env });
  {
    using socket = await RawWebSocket.open(server.url);
    await socket.initialize();
    await ask(socket, { method: "environment/status" });
  }
  // an orderly end would send what there is
  await server[Symbol.asyncDispose]();
  assertEquals(receiver.everything, "");
});
