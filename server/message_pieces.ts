import { type Base64Body, LIMITS } from "../protocol/mod.ts";

const encoder = new TextEncoder();

/** The bytes of a message in pieces of bounded size, made as they are asked for. */
export function* messagePieces(parts: readonly (string | Base64Body)[]): Generator<Uint8Array, void, void> {
  for (const part of parts) {
    if (typeof part === "string") {
      const bytes = encoder.encode(part);
      for (let at = 0; at === 0 || at < bytes.length; at += LIMITS.fragmentBytes) {
        yield bytes.subarray(at, at + LIMITS.fragmentBytes);
      }
    } else {
      // whole groups of three bytes, so that the base64 pieces join seamlessly
      const step = Math.floor(LIMITS.fragmentBytes / 4) * 3;
      for (let at = 0; at < part.bytes.length; at += step) {
        yield encoder.encode(part.bytes.subarray(at, at + step).toBase64());
      }
    }
  }
}
