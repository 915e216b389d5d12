import { assert, assertEquals, assertRejects } from "@std/assert";
import { LIMITS, type ProcessEvent, ProcessEventIterator, ProcessEventLog } from "../../protocol/mod.ts";

const PIECE = 64 * 1024;

function output(seq: number): ProcessEvent {
  return { type: "output", seq, stream: "stdout", bytes: new Uint8Array(PIECE) };
}

function read(log: ProcessEventLog): AsyncIterable<ProcessEvent> {
  return new ProcessEventIterator(log, 0, () => Promise.reject(new Error("read again")));
}

async function count(events: AsyncIterable<ProcessEvent>): Promise<number> {
  let found = 0;
  for await (const _event of events) found++;
  return found;
}

Deno.test("ProcessEventLog: what comes before the first reader is kept for it, more than the history holds", async () => {
  const log = new ProcessEventLog();
  const pieces = 4 * LIMITS.eventHistoryBytes / PIECE;
  for (let seq = 1; seq <= pieces; seq++) log.add(output(seq));
  log.add({ type: "exited", seq: pieces + 1, exitCode: 0, sandboxDenied: false });
  log.add({ type: "closed", seq: pieces + 2 });
  assertEquals(await count(read(log)), pieces + 2);
  // it is gone with its first reader: a second one finds the history
  await assertRejects(() => count(read(log)), Error, "read again");
});

Deno.test("ProcessEventLog: a first reader is not expected for ever, and meanwhile holds up who can be held up", async () => {
  const log = new ProcessEventLog();
  for (let seq = 1; seq <= 2 * LIMITS.eventHistoryBytes / PIECE; seq++) log.add(output(seq));
  assert(log.backlogged);
  await log.drained();
  assert(!log.backlogged);
  await assertRejects(() => count(read(log)), Error, "read again");
});

Deno.test("ProcessEventLog: whoever is held up goes on when the reader has come and read", async () => {
  const log = new ProcessEventLog();
  const pieces = 2 * LIMITS.eventHistoryBytes / PIECE;
  for (let seq = 1; seq <= pieces; seq++) log.add(output(seq));
  const drained = log.drained();
  const events = read(log)[Symbol.asyncIterator]();
  for (let i = 0; i < pieces; i++) await events.next();
  await drained;
  assert(!log.backlogged);
  await events.return?.();
});

Deno.test("ProcessEventLog: even for an expected reader no more is kept than for one that is behind", () => {
  const log = new ProcessEventLog();
  for (let seq = 1; seq <= 2 * LIMITS.maxEventBacklogBytes / PIECE; seq++) log.add(output(seq));
  assert((log.lastSeq - log.firstSeq) * PIECE <= LIMITS.maxEventBacklogBytes);
});
