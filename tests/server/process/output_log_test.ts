import { assert, assertEquals } from "@std/assert";
import { OutputLog } from "../../../server/process/output_log.ts";

function logOf(sizes: readonly number[], limit = 1_000_000): OutputLog {
  const log = new OutputLog(limit);
  sizes.forEach((size, i) => log.append(i + 1, "stdout", new Uint8Array(size)));
  return log;
}

function seqs(log: OutputLog, afterSeq: number, maxBytes?: number): number[] {
  return log.read(afterSeq, maxBytes).map(({ seq }) => seq);
}

Deno.test("OutputLog: without a limit everything after the cursor is read", () => {
  const log = logOf([9, 9, 9, 9]);
  assertEquals([seqs(log, 0), seqs(log, 2), seqs(log, 4), seqs(log, 99)], [[1, 2, 3, 4], [3, 4], [], []]);
});

Deno.test("OutputLog: a limit never splits a chunk and always lets one through", () => {
  const log = logOf([9, 9, 9, 9]);
  const limits = [0, 1, 9, 10, 18, 1000];
  assertEquals(limits.map((limit) => seqs(log, 0, limit)), [[1], [1], [1], [1], [1, 2], [1, 2, 3, 4]]);
});

Deno.test("OutputLog: the oldest chunks are dropped whole and counted", () => {
  const log = logOf([40, 40, 40, 40], 100);
  assertEquals(seqs(log, 0), [3, 4]);
  assertEquals(log.droppedBytes, 80);
});

Deno.test("OutputLog: holds the newest bytes through a million chunks without growing", () => {
  const log = new OutputLog(1000);
  for (let seq = 1; seq <= 1_000_000; seq++) log.append(seq, "stderr", new Uint8Array(10));
  assertEquals(log.read(0, undefined).length, 100);
  assertEquals(seqs(log, 999_998), [999_999, 1_000_000]);
  assertEquals(log.droppedBytes, 10_000_000 - 1000);
});

Deno.test("OutputLog: a single chunk above the limit is dropped, too", () => {
  const log = logOf([500], 100);
  assert(log.read(0, undefined).length === 0);
  assertEquals(log.droppedBytes, 500);
});
