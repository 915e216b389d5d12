import type { MemoryRecord } from "./server_watch.ts";
import type { LiveMemory } from "./watched_server.ts";

const MIB = 2 ** 20;
/** What code still compiles late, and caches with a bound fill: a leak of one small object a message is far above. */
const MAX_LIVE_GROWTH_MIB = 4;
/** Resident memory goes up and down with the collector and the allocator by more than a tenth; its trend must not. */
const MAX_TREND = 0.1;

/** What was measured. */
export interface MemoryMeasured {
  /** Of the whole time behind the warm-up. */
  readonly record: Pick<MemoryRecord, "peak" | "median" | "trend">;
  /** Behind the warm-up, of a server at rest. */
  readonly before: LiveMemory;
  /** At the end, of a server at rest. */
  readonly after: LiveMemory;
  /** Whether it was long enough for a trend: a server needs some time to fill what it keeps. */
  readonly long: boolean;
}

/** Whether the memory of a server stayed flat behind its warm-up, and the figures that say so. */
export function reportMemory({ record, before, after, long }: MemoryMeasured) {
  const heap = (after.heap - before.heap) / MIB, native = (after.native - before.native) / MIB;
  const { median, trend, peak } = record;
  const relative = trend / median;
  const lines = [
    `memory in use: heap ${mib(before.heap)} to ${mib(after.heap)} MiB, native ${mib(before.native)} to ${
      mib(after.native)
    } MiB; each may grow by ${MAX_LIVE_GROWTH_MIB} MiB`,
    `resident memory: peak ${peak.toFixed(0)} MiB, median ${median.toFixed(0)} MiB, trend ${signed(trend)} MiB ` +
    `(${signed(relative * 100)} %, ${long ? `allowed ${MAX_TREND * 100} %` : "too short a time to judge it"})`,
  ];
  const inUseFlat = heap <= MAX_LIVE_GROWTH_MIB && native <= MAX_LIVE_GROWTH_MIB;
  return { lines, flat: inUseFlat && (!long || relative <= MAX_TREND) };
}

function mib(bytes: number): string {
  return (bytes / MIB).toFixed(1);
}

function signed(value: number): string {
  return `${value < 0 ? "" : "+"}${value.toFixed(1)}`;
}
