import type { Message } from "./golden_case.ts";

/** A streamed body put together; how it was cut into deltas does not matter. */
export interface Stream {
  /** The whole body, base64. */
  readonly body: string;
  /** Why it broke off. */
  readonly error: unknown;
  /** Whether the last delta has come. */
  readonly ended: boolean;
  /** Whether the numbers counted up from 1. */
  readonly ordered: boolean;
}

/** Streamed bodies by id, with `#2` for the second use of an id. */
export function streamsOf(messages: readonly Message[]): Map<string, Stream> {
  const streams = new Map<string, { bytes: string; error: unknown; ended: boolean; ordered: boolean; next: number }>();
  const current = new Map<string, string>();
  const uses = new Map<string, number>();
  for (const { method, params } of messages) {
    if (method !== "http/request/bodyDelta") continue;
    const { requestId, seq, deltaBase64, done, error } = params as Delta;
    const name = current.getOrInsertComputed(requestId, () => {
      const use = (uses.get(requestId) ?? 0) + 1;
      uses.set(requestId, use);
      return use === 1 ? requestId : `${requestId} #${use}`;
    });
    const stream = streams.getOrInsertComputed(name, () => {
      return { bytes: "", error: null, ended: false, ordered: true, next: 1 };
    });
    stream.ordered &&= seq === stream.next++;
    // the recordings shorten long pieces
    stream.bytes += deltaBase64.includes("…") ? "" : atob(deltaBase64);
    if (!done) continue;
    stream.ended = true;
    stream.error = error;
    current.delete(requestId);
  }
  return new Map(
    Array.from(streams, ([name, { bytes, next: _, ...stream }]) => [name, { ...stream, body: btoa(bytes) }]),
  );
}

interface Delta {
  readonly requestId: string;
  readonly seq: number;
  readonly deltaBase64: string;
  readonly done: boolean;
  readonly error: unknown;
}
