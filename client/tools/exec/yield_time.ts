const MIN_MS = 250, MAX_MS = 30_000, MIN_POLL_MS = 5_000;

/** What a command or input waits by default. */
export const DEFAULT_EXEC_YIELD_MS = 10_000, DEFAULT_INPUT_YIELD_MS = 250;
/** The longest wait of a poll. */
export const DEFAULT_MAX_POLL_MS = 300_000;

/** How long a command or an input may wait for output, ms (environments, section 7.1). */
export function clampYield(asked: number): number {
  return clamp(asked, MIN_MS, MAX_MS);
}

/** How long a poll may wait, ms. @param max the longest */
export function clampPollYield(asked: number, max: number = DEFAULT_MAX_POLL_MS): number {
  return clamp(asked, MIN_POLL_MS, Math.max(max, MIN_POLL_MS));
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(Math.max(value, low), high);
}
