import { assertEquals, assertThrows } from "@std/assert";
import { mergeRecovery } from "../../client/merge_recovery.ts";
import { type OutputEvent, ProcessEventLog, type ProcessSnapshot } from "../../protocol/mod.ts";

function chunk(seq: number): OutputEvent {
  return { type: "output", seq, stream: "stdout", bytes: new Uint8Array([seq]) };
}

function read(seqs: readonly number[], nextSeq: number, rest: Partial<ProcessSnapshot> = {}): ProcessSnapshot {
  return {
    chunks: seqs.map(chunk),
    nextSeq,
    exited: false,
    exitCode: null,
    closed: false,
    failure: null,
    sandboxDenied: false,
    ...rest,
  };
}

/** A log that has published up to a position, with some events waiting behind a gap. */
function log(lastSeq: number, waiting: readonly number[] = []): ProcessEventLog {
  const events = new ProcessEventLog();
  for (let seq = 1; seq <= lastSeq; seq++) events.add(chunk(seq));
  for (const seq of waiting) events.add(chunk(seq));
  return events;
}

const ENDED = { exited: true, exitCode: 7 };

Deno.test("mergeRecovery() fills the gap", () => {
  const table: [ProcessEventLog, ProcessSnapshot, number, number | undefined, boolean][] = [
    [log(2), read([], 3), 2, undefined, false],
    [log(2), read([1, 2], 3), 2, undefined, false],
    [log(2), read([3, 4], 5), 4, undefined, false],
    [log(2, [5, 6]), read([3, 4], 5), 6, undefined, false],
    [log(2), read([3, 5], 6, ENDED), 5, 7, false],
    [log(2), read([3], 6, { ...ENDED, closed: true }), 5, 7, true],
    [log(0), read([], 3, { ...ENDED, closed: true }), 2, 7, true],
  ];
  for (const [events, snapshot, lastSeq, exitCode, closed] of table) {
    mergeRecovery(events, snapshot);
    assertEquals(events.lastSeq, lastSeq);
    assertEquals(events.exited?.exitCode, exitCode);
    assertEquals(events.closed !== undefined, closed);
  }
});

Deno.test("mergeRecovery() takes a known exit for no gap", () => {
  const published = log(2);
  published.add({ type: "exited", seq: 3, exitCode: 1, sandboxDenied: false });
  mergeRecovery(published, read([4], 6, { ...ENDED, closed: true }));
  assertEquals(published.closed?.seq, 5);
  const waiting = log(2);
  waiting.add({ type: "exited", seq: 4, exitCode: 1, sandboxDenied: false });
  mergeRecovery(waiting, read([3], 6, { ...ENDED, closed: true }));
  assertEquals([waiting.exited?.seq, waiting.closed?.seq], [4, 5]);
});

Deno.test("mergeRecovery() says why a gap cannot be filled", () => {
  const table: [ProcessSnapshot, string][] = [
    [read([3], 4, { failure: "broken" }), "process failed while recovering: broken"],
    [read([3, 9], 4), "recovered process output sequence 9 exceeds target sequence 3"],
    [read([3, 4], 5, { ...ENDED, closed: true }), "process close sequence 4 conflicts with recovered output"],
    [read([], 4, { exited: true }), "recovering exited process did not include its exit code"],
    [read([4], 5), "process events are no longer retained while recovering through sequence 4"],
    [read([6], 7, ENDED), "process events are no longer retained while recovering through sequence 6"],
    [read([], 10_000_000), "process events are no longer retained while recovering through sequence 9999999"],
  ];
  for (const [snapshot, text] of table) assertThrows(() => mergeRecovery(log(2), snapshot), Error, text);
});
