import { type MemoryMeasured, reportMemory } from "./memory_report.ts";
import type { Holdings } from "./server_watch.ts";

/** How a server came through a long run. */
export interface RunOutcome {
  /** Whether it ended. */
  readonly crashed: boolean;
  /** What it wrote to stderr, warnings left out. */
  readonly unexpected: readonly string[];
  /** Behind the warm-up. */
  readonly base: Holdings;
  /** At the end. */
  readonly left: Holdings;
  /** Processes of it that outlived it. */
  readonly orphans: number;
  /** Says how much the warm-up was. */
  readonly warmedUp: string;
  readonly memory: MemoryMeasured;
}

/** Whether it neither crashed, leaked nor grew, and the figures that say so. */
export function reportVerdict({ crashed, unexpected, base, left, orphans, warmedUp, memory }: RunOutcome) {
  const processes = left.processes + orphans, descriptors = Math.max(0, left.descriptors - base.descriptors);
  const { lines, flat } = reportMemory(memory);
  return {
    lines: [
      `crashes: ${crashed ? 1 : 0}, unexpected errors: ${unexpected.length}`,
      `leaks: ${processes} processes, ${descriptors} descriptors, ${left.helpers} helpers`,
      warmedUp,
      ...lines,
      ...new Set(unexpected.slice(0, 20)),
    ],
    clean: !crashed && unexpected.length === 0 && processes + descriptors + left.helpers === 0 && flat,
  };
}
