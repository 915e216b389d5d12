// deno-lint-ignore-file no-console -- a command line tool
/**
 * Sends structured mutations of every method to a confined server and counts what becomes of it.
 *
 *     deno task fuzz [--messages=500000] [--seed=1]
 *
 * Three quarters as many messages come before, as its warm-up: by then a server has what it keeps of memory. Ends with 0
 * when the server neither ended nor met an error it did not expect, nothing is left of it, and its memory stayed flat
 * behind the warm-up.
 *
 * @module
 */
import { OPCODE, RawWebSocket } from "../faults/support/raw_websocket.ts";
import { seededRandom } from "../protocol/random.ts";
import { descriptorKinds, holdingsOf, isIdle, MemoryRecord } from "../support/server_watch.ts";
import { until } from "../support/until.ts";
import { reportVerdict } from "../support/verdict.ts";
import { Door } from "../support/watched_server.ts";
import { startConfined } from "./confined_server.ts";
import { MessageSource } from "./message_source.ts";

const WORKERS = 8, BATCH = 40, BATCHES_A_CONNECTION = 25;
/** A batch that takes longer waits for something it asked for, a process that runs on for example. */
const BATCH_TIMEOUT_MS = 3_000;
const HELPERS_REST_MS = 90_000;
const WARM_UP_SHARE = 0.75;
/** Fewer messages do not fill what a server keeps of memory. */
const JUDGED_MESSAGES = 300_000;

const total = numberOption("messages", 500_000), seed = numberOption("seed", 1);
const root = await Deno.realPath(await Deno.makeTempDir({ prefix: "exec-server-fuzz-" }));
/** The only folder that messages name; the socket lies beside it. */
const folder = `${root}/folder`;

let sent = 0, mutated = 0, cut = 0, connections = 0, answered = 0;
const outcomes = new Map<string, number>();
const methods = new Map<string, number>();
const server = await startConfined(root, "--session-ttl", "1s", "--process-retention", "1s");
const door = await Door.open(`${root}/door`);
let ended = false;
server.process.status.then(() => ended = true);
const progress = setInterval(() => console.error(`${sent} messages`), 10_000);

// what a server holds once everything it opens for good is open, and its code is compiled
await workers(total * WARM_UP_SHARE, 50);
const warmedUp = `warm-up: ${sent} messages, each method at least ${Math.min(...methods.values())} times`;
await watchOnce();
await until("nothing of the warm-up is left", () => isIdle(server.pid), HELPERS_REST_MS);
const base = holdingsOf(server.pid);
const baseKinds = descriptorKinds(server.pid);
const usedBefore = await door.liveMemory();
sent =
  mutated =
  cut =
  connections =
  answered =
    0;
outcomes.clear();
methods.clear();

const memory = new MemoryRecord(server.pid, 250);
const started = performance.now();
await workers(total, 0);
clearInterval(progress);
const seconds = (performance.now() - started) / 1000;
memory.stop();
const crashed = ended;
let left = base, usedAfter = usedBefore;
if (!ended) {
  await until("the server holds what it held", () => isIdle(server.pid, base), HELPERS_REST_MS).catch(() => {});
  left = holdingsOf(server.pid);
  usedAfter = await door.liveMemory();
  if (left.descriptors > base.descriptors) console.log("before", baseKinds, "after", descriptorKinds(server.pid));
}
const unexpected = server.process.stderr.filter((line) => !line.includes('"level":"warn"'));
await server[Symbol.asyncDispose]();
door[Symbol.dispose]();
await Deno.remove(root, { recursive: true });

console.log(`seed ${seed}: ${sent} messages in ${seconds.toFixed(0)} s (${(sent / seconds).toFixed(0)}/s)`);
console.log(`${mutated} mutated, ${answered} answers, ${connections} connections, ${cut} cut while requests waited`);
console.log(`methods: ${methods.size}, the least often ${Math.min(...methods.values())} times`);
const sorted = [...outcomes].sort(([, a], [, b]) => b - a).map(([name, count]) => `${name} ${count}`);
console.log(`outcomes: ${sorted.join(", ")}`);
const { lines, clean } = reportVerdict({
  crashed,
  unexpected,
  base,
  left,
  orphans: 0,
  warmedUp,
  memory: { record: memory, before: usedBefore, after: usedAfter, long: total >= JUDGED_MESSAGES },
});
for (const line of lines) console.log(line);
Deno.exit(clean ? 0 : 1);

/** The messages before may have removed it, or put something else there. */
async function makeFolder(): Promise<void> {
  try {
    if ((await Deno.stat(folder).catch(() => undefined))?.isFile) await Deno.remove(folder);
    await Deno.mkdir(`${folder}/d`, { recursive: true });
    await Deno.writeTextFile(`${folder}/f`, "content");
  } catch {
    // other messages are faster
  }
}

/** Deno keeps the descriptors of its first watch. */
async function watchOnce(): Promise<void> {
  using socket = await RawWebSocket.open(`unix://${root}/socket`);
  await socket.initialize();
  const params = { watchId: 1, missing: [`${root}/never`] };
  await socket.sendMessage({ id: 1, method: "fs/watchMissing", params });
  await socket.message(({ id }) => id === 1);
}

/** Sends messages on several connections at once. @param from number of the first row of messages, so that none is sent twice */
async function workers(count: number, from: number): Promise<void> {
  const share = Math.ceil(count / WORKERS);
  await Promise.all(Array.from({ length: WORKERS }, (_, i) => {
    return worker(new MessageSource(seededRandom(seed * 100 + from + i), folder), share);
  }));
}

async function worker(source: MessageSource, count: number): Promise<void> {
  let left = count;
  while (left > 0 && !ended) {
    connections++;
    await makeFolder();
    using socket = await RawWebSocket.open(`unix://${root}/socket`);
    try {
      await socket.initialize();
      for (let batch = 0; batch < BATCHES_A_CONNECTION && left > 0; batch++) {
        const size = Math.min(BATCH, left);
        left -= size;
        if (!await sendBatch(socket, source, size)) break;
      }
    } catch {
      // ended by a violation of the protocol, or by a cut
    }
  }
}

/** @returns false when the connection was given up because requests wait */
async function sendBatch(socket: RawWebSocket, source: MessageSource, size: number): Promise<boolean> {
  const timer = setTimeout(() => {
    cut++;
    socket.drop();
  }, BATCH_TIMEOUT_MS);
  try {
    for (let i = 0; i < size; i++) {
      const message = source.next();
      sent++;
      if (message.mutated) mutated++;
      methods.set(message.method, (methods.get(message.method) ?? 0) + 1);
      await socket.send(message.text, { opcode: message.binary ? OPCODE.binary : OPCODE.text });
    }
    await socket.sendMessage({ id: "batch", method: "environment/status" });
    await socket.message((message) => {
      count(message);
      return message.id === "batch";
    });
    return true;
  } finally {
    clearTimeout(timer);
  }
}

function count({ id, result, error }: Record<string, unknown>): void {
  if (result === undefined && error === undefined) return;
  if (id === "batch") return;
  answered++;
  const { code, message } = (error ?? {}) as { code?: number; message?: string };
  const name = error === undefined ? "ok" : message?.startsWith("internal error:") ? "internal" : String(code);
  outcomes.set(name, (outcomes.get(name) ?? 0) + 1);
}

function numberOption(name: string, otherwise: number): number {
  const text = Deno.args.find((arg) => arg.startsWith(`--${name}=`))?.slice(name.length + 3);
  return text === undefined ? otherwise : Number(text);
}
