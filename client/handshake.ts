import { INITIALIZED, type ResultOf, TransportClosedError } from "../protocol/mod.ts";
import type { Connection } from "./connection.ts";
import { decodeResult } from "./decode_result.ts";
import { ClientError } from "./errors.ts";
import { formatDuration } from "./format_duration.ts";

/** What a handshake says and how long it may take. */
export interface HandshakeOptions {
  /** Tells the server who is calling. */
  readonly clientName: string;
  /** The session to continue. */
  readonly resumeSessionId: string | undefined;
  /** Bound of the whole, ms. */
  readonly timeoutMs: number;
  /** Gives up. */
  readonly signal: AbortSignal | undefined;
}

/**
 * Opens or resumes the session of a connection.
 *
 * Source: environments, section 1.4.
 *
 * @throws {ClientError} when it takes too long or the server does not speak the protocol
 * @throws {RpcError} when the server refuses
 */
export async function handshake(connection: Connection, options: HandshakeOptions): Promise<ResultOf<"initialize">> {
  const { clientName, resumeSessionId = null, timeoutMs, signal } = options;
  const interrupted = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    const text = `timed out waiting for exec-server initialize handshake after ${formatDuration(timeoutMs)}`;
    interrupted.reject(new ClientError("handshakeTimeout", text));
  }, timeoutMs);
  const abort = () => interrupted.reject(signal?.reason);
  signal?.addEventListener("abort", abort, { once: true });
  try {
    signal?.throwIfAborted();
    const initialize = connection.call("initialize", { clientName, resumeSessionId });
    const result = decodeResult("initialize", await Promise.race([initialize, interrupted.promise]));
    if (resumeSessionId !== null && result.sessionId !== resumeSessionId) {
      const text = `exec-server protocol error: exec-server initialized an unexpected session ${result.sessionId}`;
      throw new ClientError("unexpectedSession", text);
    }
    connection.notify(INITIALIZED, {});
    return result;
  } catch (error) {
    if (!(error instanceof TransportClosedError)) throw error;
    throw new ClientError("connect", "exec-server transport closed", { cause: error });
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", abort);
  }
}
