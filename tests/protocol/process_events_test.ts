import { assertEquals, assertRejects } from "@std/assert";
import { LIMITS, type ProcessEvent, ProcessEventIterator, ProcessEventLog, processExit } from "../../protocol/mod.ts";

function output(seq: number, text: string | Uint8Array = `o${seq}`): ProcessEvent {
  const bytes = typeof text === "string" ? new TextEncoder().encode(text) : text;
  return { type: "output", seq, stream: "stdout", bytes };
}
const exited = (seq: number): ProcessEvent => ({ type: "exited", seq, exitCode: 3, sandboxDenied: false });
const closed = (seq: number): ProcessEvent => ({ type: "closed", seq });

const nothingToRead = () => Promise.reject(new Error("read again"));

/** A log whose first reader has gone: nothing is kept for the sake of one. */
async function leftLog(): Promise<ProcessEventLog> {
  const log = new ProcessEventLog();
  await new ProcessEventIterator(log, 0, nothingToRead).return();
  return log;
}

async function seqs(log: ProcessEventLog, readAgain = nothingToRead): Promise<number[]> {
  const list: number[] = [];
  for await (const { seq } of new ProcessEventIterator(log, 0, readAgain)) list.push(seq);
  return list;
}

Deno.test("ProcessEventLog: events in any order and twice are published once and in order", async () => {
  const log = new ProcessEventLog();
  const early = seqs(log);
  for (const event of [closed(5), output(2), exited(4), output(2), output(1)]) log.add(event);
  assertEquals(log.lastSeq, 2);
  assertEquals(log.closed, undefined);
  assertEquals(log.knowsExit, true);
  log.add(output(3));
  log.add(output(3, "late copy"));
  log.add(output(6));
  assertEquals(await early, [1, 2, 3, 4, 5]);
  assertEquals(await seqs(log), [1, 2, 3, 4, 5]);
  assertEquals(await processExit(log), { exitCode: 3, sandboxDenied: false });
});

Deno.test("ProcessEventLog: a process is lost when too much waits for an event that does not come", async () => {
  const many = new ProcessEventLog();
  const waiting = assertRejects(() => processExit(many), Error, "process event reorder buffer exceeds 256 entries");
  for (let i = 0; i <= LIMITS.maxReorderEvents; i++) many.add(output(2 + i));
  await waiting;
  const big = new ProcessEventLog();
  for (let i = 0; i < 3; i++) big.add(output(2 + i, new Uint8Array(LIMITS.maxReorderBytes / 2)));
  await assertRejects(() => seqs(big), Error, "process event reorder buffer exceeds 1048576 bytes");
});

Deno.test("ProcessEventLog: during a recovery the oldest waiting events make room", () => {
  const log = new ProcessEventLog();
  for (let i = 0; i < 1000; i++) log.add(output(2 + i), { evict: true });
  assertEquals(log.failure, undefined);
  assertEquals(log.has(2), false);
  assertEquals(log.has(1001), true);
  for (let seq = 1; seq <= 1001; seq++) log.add(output(seq), { evict: true });
  assertEquals(log.lastSeq, 1001);
});

Deno.test("ProcessEventLog: after a failure readers get what was published, then the failure", async () => {
  const log = new ProcessEventLog();
  log.add(output(1));
  const reader = new ProcessEventIterator(log, 0, nothingToRead);
  log.fail(new Error("gone"));
  log.fail(new Error("second"));
  log.add(output(2));
  assertEquals((await reader.next()).value?.seq, 1);
  await assertRejects(() => reader.next(), Error, "gone");
  assertEquals(await reader.next(), { done: true, value: undefined });
});

Deno.test("ProcessEventIterator: what the log no longer has is read again, the exit in its place", async () => {
  const log = await leftLog();
  const total = 400;
  for (let seq = 1; seq <= total; seq++) log.add(seq === 5 ? exited(5) : output(seq));
  log.add(closed(total + 1));
  assertEquals(log.firstSeq > 5, true);
  const asked: number[] = [];
  const read = (afterSeq: number) => {
    asked.push(afterSeq);
    const chunks = Array.from({ length: total }, (_, i) => output(i + 1))
      .filter((event) => event.type === "output" && event.seq > afterSeq && event.seq !== 5) as never[];
    return Promise.resolve({ chunks, nextSeq: total + 2 });
  };
  const list: ProcessEvent[] = [];
  for await (const event of new ProcessEventIterator(log, 0, read)) list.push(event);
  assertEquals(list.map(({ seq }) => seq), Array.from({ length: total + 1 }, (_, i) => i + 1));
  assertEquals(list[4], exited(5));
  assertEquals(asked, [0]);
});

Deno.test("ProcessEventIterator: output that nobody has any more is an error, not a gap", async () => {
  const log = await leftLog();
  for (let seq = 1; seq <= 400; seq++) log.add(output(seq));
  const read = () => Promise.resolve({ chunks: [output(300) as never], nextSeq: 401 });
  const text = "process events are no longer retained while recovering through sequence 400";
  const reader = new ProcessEventIterator(log, 0, read);
  await assertRejects(() => reader.next(), Error, text);
});

Deno.test("ProcessEventLog: readers that are behind are kept for, up to a bound, and hold up who can wait", async () => {
  const log = new ProcessEventLog();
  const chunk = new Uint8Array(64 * 1024);
  const reader = new ProcessEventIterator(log, 0, nothingToRead);
  for (let seq = 1; seq <= 100; seq++) log.add(output(seq, chunk));
  assertEquals(log.firstSeq, 1);
  assertEquals(log.backlogged, true);
  const drained = log.drained();
  for (let seq = 1; seq <= 100; seq++) assertEquals((await reader.next()).value?.seq, seq);
  await drained;
  assertEquals(log.backlogged, false);
  for (let seq = 101; seq <= 500; seq++) log.add(output(seq, chunk));
  await assertRejects(() => reader.next(), Error, "read again");
});
