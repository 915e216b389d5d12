import { Base64Body, LIMITS } from "../protocol/mod.ts";

// three bytes a character at most, and no surrogate pair is cut
const TEXT_STEP = Math.floor(LIMITS.fragmentBytes / 3);
// whole groups of three bytes, so that the base64 pieces join seamlessly
const BYTE_STEP = Math.floor(LIMITS.fragmentBytes / 4) * 3;

/** A message in pieces of bounded size, made as they are asked for. */
export function* messagePieces(parts: readonly (string | Base64Body)[]): Generator<string | Base64Body, void, void> {
  for (const part of parts) {
    if (part instanceof Base64Body) yield* bodyPieces(part);
    else yield* textPieces(part);
  }
}

function* bodyPieces({ bytes }: Base64Body): Generator<Base64Body, void, void> {
  for (let at = 0; at < bytes.length; at += BYTE_STEP) yield Base64Body.of(bytes.subarray(at, at + BYTE_STEP));
}

function* textPieces(text: string): Generator<string, void, void> {
  for (let at = 0, end = 0; at < text.length; at = end) {
    end = Math.min(at + TEXT_STEP, text.length);
    const last = text.charCodeAt(end - 1);
    if (end < text.length && last >= 0xd800 && last < 0xdc00) end--;
    yield text.slice(at, end);
  }
}
