import type { ProcessSnapshot, ResultOf } from "../protocol/mod.ts";
import { decodeAnswer } from "./decode_answer.ts";

/** The answer of `process/read` with its output as bytes. @throws {ClientError} "invalidAnswer" for bad base64 */
export function decodeSnapshot({ failure, sandboxDenied, ...result }: ResultOf<"process/read">): ProcessSnapshot {
  const chunks = result.chunks.map(({ seq, stream, chunk }) => {
    const bytes = decodeAnswer("remote process/read returned invalid base64 chunk", chunk);
    return { type: "output", seq, stream, bytes } as const;
  });
  return { ...result, chunks, failure: failure ?? null, sandboxDenied: sandboxDenied ?? false };
}
