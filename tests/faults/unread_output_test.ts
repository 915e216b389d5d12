import { assert, assertEquals } from "@std/assert";
import { ExecServerClient } from "../../client/mod.ts";
import { LIMITS } from "../../protocol/mod.ts";
import { startServer } from "../support/test_server.ts";
import { until } from "../support/until.ts";
import { assertMemory, assertRestored, assertServes, takeBaseline } from "./support/baseline.ts";
import { readOrEmpty } from "./support/descendants.ts";
import { RawWebSocket } from "./support/raw_websocket.ts";
import { resumeWhenDetached } from "./support/resume.ts";

const HEAVY = Deno.env.get("FAULTS_HEAVY") === "1";
const MEGABYTE = 1_000_000;
const TOTAL = (HEAVY ? 10_000 : 300) * MEGABYTE;
const READ_AFTER = HEAVY ? 1_000 * MEGABYTE : TOTAL;
const MEMORY_MIB = 150;
const IDLE_TURNS = 40;

function printer(bytes: number) {
  const script = `echo $$; head -c ${bytes} /dev/zero`;
  return { processId: "p", argv: ["sh", "-c", script], cwd: "/", env: { PATH: "/usr/bin:/bin" }, tty: false };
}

/** Bytes a process and its waited-for children wrote; proc(5). */
function written(group: number): number {
  let sum = 0;
  for (const { name } of Deno.readDirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    const stat = readOrEmpty(`/proc/${name}/stat`);
    if (Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[2]) !== group) continue;
    sum += Number(/^wchar: (\d+)$/m.exec(readOrEmpty(`/proc/${name}/io`))?.[1] ?? 0);
  }
  return sum;
}

Deno.test(`output nobody reads: ${READ_AFTER / MEGABYTE} MB wait for an attached client, then come without loss`, async () => {
  await using server = await startServer();
  const base = await takeBaseline(server);
  using socket = await RawWebSocket.open(server.url);
  await socket.initialize();
  await socket.sendMessage({ id: 1, method: "process/start", params: printer(READ_AFTER) });
  const first = await socket.message(({ method }) => method === "process/output");
  const pid = Number(atob((first.params as { chunk: string }).chunk).split("\n")[0]);

  // not read from here on: once the process no longer gets anything out, it is blocked
  await using other = await ExecServerClient.connect(server.url, { clientName: "other" });
  let before = -1, turns = 0;
  await until("the process is blocked", () => {
    turns = written(pid) === before ? turns + 1 : 0;
    before = written(pid);
    return before > 0 && turns >= IDLE_TURNS;
  }, 20_000);
  assert(before < READ_AFTER / 2, `the process could write ${before} bytes`);
  assertEquals(await other.call("environment/status", {}), { status: "ready" });
  await assertServes(server);
  assertMemory(server, base, MEMORY_MIB);

  let bytes = atob((first.params as { chunk: string }).chunk).length;
  let seq = 1;
  while (true) {
    const { method, params } = await socket.message(({ params }) => params !== undefined);
    const event = params as { seq: number; chunk: string };
    assertEquals(event.seq, ++seq);
    if (method === "process/closed") break;
    if (method === "process/output") bytes += lengthOf(event.chunk);
  }
  assertEquals(bytes, READ_AFTER + `${pid}\n`.length);
  socket.drop();
  await other.close();
  assertMemory(server, base, MEMORY_MIB);
  await assertRestored(server, base);
});

Deno.test(`output nobody reads: ${TOTAL / MEGABYTE} MB of a detached session do not stop its process`, async () => {
  await using server = await startServer();
  const base = await takeBaseline(server);
  const socket = await RawWebSocket.open(server.url);
  const sessionId = await socket.initialize();
  await socket.sendMessage({ id: 1, method: "process/start", params: printer(TOTAL) });
  await socket.message(({ method }) => method === "process/output");
  socket.drop();

  await using client = await resumeWhenDetached(server.url, sessionId);
  const { processes: [running] } = await client.call("process/list", {});
  assertEquals(running?.state, "running");
  await client.close();
  const pid = running?.pid as number;
  await until("the process has ended", () => readOrEmpty(`/proc/${pid}/stat`) === "", HEAVY ? 120_000 : 20_000);
  assertMemory(server, base, MEMORY_MIB);
  await using late = await resumeWhenDetached(server.url, sessionId);
  const { chunks, closed, exitCode } = await late.call("process/read", { processId: "p" });
  assertEquals({ closed, exitCode }, { closed: true, exitCode: 0 });
  const retained = chunks.map(({ chunk }) => lengthOf(chunk)).reduce((sum, length) => sum + length, 0);
  const { processes: [ended] } = await late.call("process/list", {});
  assert(retained > LIMITS.retainedOutputBytes * 0.9 && retained <= LIMITS.retainedOutputBytes, `${retained} retained`);
  assertEquals(retained + (ended?.droppedBytes ?? 0), TOTAL + `${pid}\n`.length);
  await late.close();
  await assertRestored(server, base);
});

/** Bytes that base64 text stands for. */
function lengthOf(chunk: string): number {
  return chunk.length / 4 * 3 - (chunk.endsWith("==") ? 2 : chunk.endsWith("=") ? 1 : 0);
}
