import { delay } from "../protocol/delay.ts";
import { ErrorCode, LIMITS, RpcError, TransportClosedError } from "../protocol/mod.ts";
import { ClientError } from "./errors.ts";
import { formatDuration } from "./format_duration.ts";

const FIRST_RETRY_MS = 5;

/**
 * Tries until a lost connection is made again: at once, then with growing pauses of at most 100 ms.
 *
 * Source: environments, section 1.10.
 *
 * @param attempt connects and resumes once; the signal tells it to give up
 * @param windowMs how long to try
 * @param signal gives up earlier
 * @throws what makes further attempts useless, or an error that the time is over
 */
export async function resumeSession<T>(
  attempt: (signal: AbortSignal) => Promise<T>,
  windowMs: number,
  signal: AbortSignal,
): Promise<T> {
  const window = new AbortController();
  const giveUp = () => window.abort(signal.reason);
  const timer = setTimeout(() => {
    window.abort(new ClientError("connectTimeout", `recovery timed out after ${formatDuration(windowMs)}`));
  }, windowMs);
  signal.addEventListener("abort", giveUp, { once: true });
  try {
    for (let pause = FIRST_RETRY_MS;; pause = Math.min(pause * 2, LIMITS.recoveryRetryMs)) {
      signal.throwIfAborted();
      try {
        return await attempt(window.signal);
      } catch (error) {
        if (window.signal.aborted) throw window.signal.reason;
        if (!isRetryable(error)) throw error;
      }
      await delay(pause, window.signal);
    }
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", giveUp);
  }
}

function isRetryable(error: unknown): boolean {
  if (error instanceof RpcError) return error.code === ErrorCode.SessionAttached;
  if (error instanceof ClientError) return ["connect", "connectTimeout", "handshakeTimeout"].includes(error.code);
  return error instanceof TransportClosedError;
}
