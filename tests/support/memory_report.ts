import type { MemoryRecord } from "./server_watch.ts";
import type { LiveMemory } from "./watched_server.ts";

const MIB = 2 ** 20;
/** What code still compiles late, and caches with a bound fill: a leak of one small object a message is far above. */
const MAX_LIVE_GROWTH_MIB = 4;
/** Resident memory goes up and down with the collector and the allocator by more than a tenth; its trend must not. */
const MAX_TREND = 0.1;

/** Whether the memory of a server stayed flat behind its warm-up, and the figures that say so. */
export function reportMemory(record: MemoryRecord, before: LiveMemory, after: LiveMemory) {
  const heap = (after.heap - before.heap) / MIB, native = (after.native - before.native) / MIB;
  const { median, trend, peak } = record;
  const relative = trend / median;
  const lines = [
    `memory in use: heap ${mib(before.heap)} to ${mib(after.heap)} MiB, native ${mib(before.native)} to ${
      mib(after.native)
    } MiB; each may grow by ${MAX_LIVE_GROWTH_MIB} MiB`,
    `resident memory: peak ${peak.toFixed(0)} MiB, median ${median.toFixed(0)} MiB, trend ${signed(trend)} MiB ` +
    `(${signed(relative * 100)} %, allowed 10 %)`,
  ];
  return { lines, flat: heap <= MAX_LIVE_GROWTH_MIB && native <= MAX_LIVE_GROWTH_MIB && relative <= MAX_TREND };
}

function mib(bytes: number): string {
  return (bytes / MIB).toFixed(1);
}

function signed(value: number): string {
  return `${value < 0 ? "" : "+"}${value.toFixed(1)}`;
}
