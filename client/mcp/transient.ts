import { delay } from "../../protocol/delay.ts";
import { SdkHttpError } from "@modelcontextprotocol/client";
import { ErrorCode, RpcError } from "../../protocol/mod.ts";

const STATUSES: readonly number[] = [408, 429, 500, 502, 503, 504];
const BROKEN_BODY = /http response stream `[^`]*` failed:/;
const PAUSES_MS = [250, 1_000];

/**
 * Runs what may be repeated without harm, up to three times, while it fails for reasons that pass: the server was not
 * reached, broke off, or said to come back.
 *
 * Source: HTTP and MCP, section 3.4.
 *
 * @param signal ends the pauses
 */
export async function retryTransient<T>(attempt: () => Promise<T>, signal: AbortSignal): Promise<T> {
  for (const pause of PAUSES_MS) {
    try {
      return await attempt();
    } catch (error) {
      if (!isTransient(error) || signal.aborted) throw error;
      await delay(pause, signal);
    }
  }
  return await attempt();
}

/** Whether the same request may succeed a moment later. */
export function isTransient(error: unknown): boolean {
  if (error instanceof SdkHttpError) return STATUSES.includes(error.status ?? 0);
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (BROKEN_BODY.test(cause.message)) return true;
    if (cause instanceof RpcError && cause.code === ErrorCode.Internal) {
      return cause.message.startsWith("http/request failed:");
    }
  }
  return false;
}
