// deno-lint-ignore-file no-console -- a command line tool
/**
 * Keeps a server busy with mixed load, cut connections and killed processes, and counts what goes wrong.
 *
 *     deno task soak [--minutes=30] [--workers=8] [--seed=1]
 *
 * A fifth as long comes before, as the warm-up. Ends with 0 when every answer was right, the server never ended, nothing
 * is left behind, and the server's memory stayed flat behind the warm-up. Interrupted, it takes its server with it.
 *
 * @module
 */
import { ExecServerClient } from "../../client/mod.ts";
import { childrenOf, markedPids } from "../faults/support/descendants.ts";
import { encodeFrame, RawWebSocket } from "../faults/support/raw_websocket.ts";
import { resumeWhenDetached } from "../faults/support/resume.ts";
import { Choices } from "../fuzz/json_mutation.ts";
import { RpcError } from "../../protocol/mod.ts";
import { seededRandom } from "../protocol/random.ts";
import { ServerProcess } from "../support/server_process.ts";
import { type Holdings, holdingsOf, isHelper, isIdle, MemoryRecord } from "../support/server_watch.ts";
import { until } from "../support/until.ts";
import { reportVerdict } from "../support/verdict.ts";
import { Door, watchedArguments } from "../support/watched_server.ts";
import { mixedWork, VICTIM } from "./work.ts";

const MARK = "EXEC_SERVER_SOAK";
const HELPERS_REST_MS = 90_000;
const WARM_UP_SHARE = 0.2;
/** A shorter time does not fill what a server keeps of memory. */
const JUDGED_MINUTES = 4;
const INTERRUPTED_STATUS = 130;
const SESSION_TTL_MS = 5_000;
/** Work of one connection between two faults, on average. */
const WORK_BEFORE_FAULT = 25;

const minutes = numberOption("minutes", 30), workers = numberOption("workers", 8), seed = numberOption("seed", 1);
const mark = crypto.randomUUID();
const env = { PATH: "/usr/local/bin:/usr/bin:/bin", [MARK]: mark };
const root = await Deno.realPath(await Deno.makeTempDir({ prefix: "exec-server-soak-" }));
const echo = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async (request) => {
  return new Response(`echo:${await request.text()}`);
});
const kinds = mixedWork(`http://127.0.0.1:${echo.addr.port}/`);
const done = new Map<string, number>(), faults = new Map<string, number>(), wrong = new Map<string, number>();
const server = await ServerProcess.start({
  program: Deno.execPath(),
  args: watchedArguments(
    `${root}/door`,
    ...["--listen", "ws://127.0.0.1:0", "--session-ttl", `${SESSION_TTL_MS}ms`, "--process-retention", "5s"],
  ),
});
const door = await Door.open(`${root}/door`);
for (const signal of ["SIGINT", "SIGTERM"] as const) Deno.addSignalListener(signal, interrupted);
let ended = false;
server.status.then(() => ended = true);

let helpersToo = false;
const killer = setInterval(killSomething, 100);
// warm-up: everything that is opened once and stays; no helper is killed under it
await eachKindOnce();
helpersToo = true;
const progress = setInterval(() => console.error(`${sum(done)} pieces of work, ${sum(faults)} faults`), 60_000);
let stopAt = performance.now() + WARM_UP_SHARE * minutes * 60_000;
await allWorkers(0);
const warmedUp = `warm-up: ${sum(done)} pieces of work, each kind at least ${Math.min(...done.values())} times`;
const wrongBefore = sum(wrong);
await until("nothing of the warm-up is left", () => isIdle(server.pid), HELPERS_REST_MS);
const base: Holdings = holdingsOf(server.pid);
const usedBefore = await door.liveMemory();
done.clear();
faults.clear();

stopAt = performance.now() + minutes * 60_000;
const memory = new MemoryRecord(server.pid, 1_000);
await allWorkers(workers);
clearInterval(progress);
clearInterval(killer);
memory.stop();
const crashed = ended;
if (!ended) {
  await until("the server holds what it held", () => isIdle(server.pid, base), HELPERS_REST_MS).catch(() => {});
}
const left = ended ? base : holdingsOf(server.pid);
const usedAfter = ended ? usedBefore : await door.liveMemory();
await server[Symbol.asyncDispose]();
door[Symbol.dispose]();
await until("no process is left", () => markedPids(MARK, mark).length === 0, 10_000).catch(() => {});
const orphans = markedPids(MARK, mark).length;
const complaints = server.stderr.filter((line) => !line.includes('"level":"warn"'));
await echo.shutdown();
await Deno.remove(root, { recursive: true });

console.log(`${minutes} minutes, ${workers} workers, seed ${seed}`);
console.log(`work done: ${sum(done)} (${listOf(done)})`);
console.log(`faults injected: ${sum(faults)} (${listOf(faults)})`);
console.log(
  `wrong answers: ${sum(wrong)}, ${wrongBefore} of them in the warm-up${wrong.size === 0 ? "" : ` (${listOf(wrong)})`}`,
);
const { lines, clean } = reportVerdict({
  crashed,
  unexpected: complaints,
  base,
  left,
  orphans,
  warmedUp,
  memory: { record: memory, before: usedBefore, after: usedAfter, long: minutes >= JUDGED_MINUTES },
});
for (const line of lines) console.log(line);
Deno.exit(clean && wrong.size === 0 ? 0 : 1);

/** The end of the leash ends the server, and with it everything it runs. */
function interrupted(): void {
  try {
    Deno.removeSync(root, { recursive: true });
  } catch {
    // the server still works there
  }
  Deno.exit(INTERRUPTED_STATUS);
}

async function eachKindOnce(): Promise<void> {
  const dir = `${root}/0`;
  await Deno.mkdir(dir);
  await Deno.writeTextFile(`${dir}/file`, "content");
  await using client = await connect();
  for (const work of Object.values(kinds)) await work({ client, dir, choices: new Choices(seededRandom(seed)), env });
}

/** @param from number of the first one, each of which has a folder and a row of choices of its own */
async function allWorkers(from: number): Promise<void> {
  await Promise.all(Array.from({ length: workers }, (_, i) => worker(from + i + 1)));
}

/** Works on one connection after the other until the time is over. */
async function worker(number: number): Promise<void> {
  const choices = new Choices(seededRandom(seed * 1_000 + number));
  const dir = `${root}/${number}`;
  await Deno.mkdir(dir, { recursive: true });
  await Deno.writeTextFile(`${dir}/file`, "content");
  const names = Object.keys(kinds);
  while (performance.now() < stopAt && !ended) {
    await using client = await connect();
    while (performance.now() < stopAt && !ended && !choices.chance(1 / WORK_BEFORE_FAULT)) {
      const name = choices.of(names);
      try {
        await (kinds[name] as (typeof kinds)[string])({ client, dir, choices, env: { ...env } });
        add(done, name);
      } catch (error) {
        if (name === "sandboxed" && isLostHelper(error)) add(faults, "calls in a killed helper");
        else add(wrong, `${name}: ${error instanceof Error ? error.message.slice(0, 200) : error}`);
      }
    }
    if (!ended) await fault(choices);
  }
}

function connect(): Promise<ExecServerClient> {
  return ExecServerClient.connect(server.url, { clientName: "soak", initializeTimeoutMs: 60_000 });
}

/** Something that happens to connections. */
async function fault(choices: Choices): Promise<void> {
  const kind = choices.of(["cut and resume", "cut in a frame", "violation", "gone with processes", "oversized frame"]);
  add(faults, kind);
  try {
    if (kind === "cut and resume") return await cutAndResume();
    using socket = await RawWebSocket.open(server.url);
    await socket.initialize();
    if (kind === "cut in a frame") await socket.write(encodeFrame("half of a message").subarray(0, 9));
    else if (kind === "violation") await socket.sendMessage({ method: "no/such/notification" });
    else if (kind === "oversized frame") await socket.write(encodeFrame("", { claims: 2 ** 30 }));
    else await startMany(socket, choices);
    if (kind === "violation" || kind === "oversized frame") await socket.closeFrame();
  } catch (error) {
    add(wrong, `${kind}: ${error instanceof Error ? error.message.slice(0, 200) : error}`);
  }
}

/** A process goes on while its client is cut off, and nothing of its output is lost. */
async function cutAndResume(): Promise<void> {
  const socket = await RawWebSocket.open(server.url);
  const sessionId = await socket.initialize();
  const argv = ["sh", "-c", "for i in 1 2 3 4 5 6 7 8 9; do echo $i; sleep 0.02; done"];
  await socket.sendMessage({
    id: 1,
    method: "process/start",
    params: { processId: "p", argv, cwd: "/", env, tty: false },
  });
  await socket.message(({ id }) => id === 1);
  const droppedAt = performance.now();
  socket.drop();
  const resumed = await resumeWhenDetached(server.url, sessionId).catch((error) => {
    const away = performance.now() - droppedAt;
    // on a starved machine: then it has to be gone
    if (away >= SESSION_TTL_MS && isUnknownSession(error)) return undefined;
    throw new Error(`after ${away.toFixed(0)} ms: ${error}`, { cause: error });
  });
  if (resumed === undefined) return add(faults, "came back too late");
  await using client = resumed;
  let output = "";
  for (let afterSeq = 0;;) {
    const { chunks, closed, nextSeq } = await client.call("process/read", { processId: "p", afterSeq, waitMs: 10_000 });
    output += chunks.map(({ chunk }) => atob(chunk)).join("");
    afterSeq = nextSeq - 1;
    if (closed) break;
  }
  if (output !== "1\n2\n3\n4\n5\n6\n7\n8\n9\n") throw new Error(`output after a resume: ${JSON.stringify(output)}`);
}

/** Leaves with programs running, reads waiting and output unread. */
async function startMany(socket: RawWebSocket, choices: Choices): Promise<void> {
  const programs = [["sleep", "300"], ["yes"], ["sh", "-c", "trap '' TERM HUP; sleep 300 & sleep 300"]];
  for (let id = 0; id < 3; id++) {
    const params = { processId: `p${id}`, argv: choices.of(programs), cwd: "/", env, tty: choices.chance(0.3) };
    await socket.sendMessage({ id, method: "process/start", params });
    await socket.sendMessage({
      id: id + 10,
      method: "process/read",
      params: { processId: `p${id}`, waitMs: 600_000, maxBytes: 1_000 },
    });
  }
  await socket.message(({ id }) => id === 2);
}

/** Kills a helper or a program from outside now and then. */
function killSomething(): void {
  if (ended) return;
  const children = childrenOf(server.pid);
  const helpers = children.filter(isHelper);
  const victims = helpersToo && Math.random() < 0.05 ? helpers : markedPids(VICTIM, mark);
  const victim = victims[Math.floor(Math.random() * victims.length)];
  if (victim === undefined) return;
  try {
    Deno.kill(victim, "SIGKILL");
    add(faults, victims === helpers ? "killed helper" : "killed program");
  } catch {
    // it has just ended
  }
}

function isUnknownSession(error: unknown): boolean {
  return error instanceof RpcError && error.message.startsWith("unknown session id");
}

/** What a sandboxed request sees when its helper is killed under it. */
function isLostHelper(error: unknown): boolean {
  return error instanceof RpcError && error.message.includes("helper");
}

function add(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1);
}

function sum(counts: ReadonlyMap<string, number>): number {
  return [...counts.values()].reduce((total, count) => total + count, 0);
}

function listOf(counts: ReadonlyMap<string, number>): string {
  return [...counts].sort(([, a], [, b]) => b - a).map(([name, count]) => `${name} ${count}`).join(", ");
}

function numberOption(name: string, otherwise: number): number {
  const text = Deno.args.find((arg) => arg.startsWith(`--${name}=`))?.slice(name.length + 3);
  return text === undefined ? otherwise : Number(text);
}
