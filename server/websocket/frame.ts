import { type Base64Body, LIMITS, type OutgoingMessage } from "../../protocol/mod.ts";
import { messagePieces } from "../message_pieces.ts";

/** Frame types of RFC 6455 section 5.2. */
export const Opcode = { Continuation: 0, Text: 1, Binary: 2, Close: 8, Ping: 9, Pong: 10 } as const;

const FIN = 0x80;
const encoder = new TextEncoder();

/** Encodes one unmasked frame, as servers send them. */
export function encodeFrame(opcode: number, payload: Uint8Array, fin = true): Uint8Array {
  const frame = new Uint8Array(headerSize(payload.length) + payload.length);
  writeHeader(frame, opcode, payload.length, fin);
  frame.set(payload, frame.length - payload.length);
  return frame;
}

/**
 * Encodes a message as text frames: one, or lazily several fragments of bounded size, so that a large file is never held
 * twice and pings can pass between them.
 */
export function encodeTextFrames(message: OutgoingMessage): Iterable<Uint8Array> {
  if (typeof message === "string") {
    return message.length * 3 <= LIMITS.fragmentBytes
      ? [encodeFrame(Opcode.Text, encoder.encode(message))]
      : fragments([message]);
  }
  return sizeOf(message) <= LIMITS.fragmentBytes ? [singleFrame(message)] : fragments(message);
}

function singleFrame(parts: readonly (string | Base64Body)[]): Uint8Array {
  const encoded = parts.map((part) => typeof part === "string" ? encoder.encode(part) : part.toJSON());
  const size = encoded.reduce((sum, part) => sum + part.length, 0);
  const frame = new Uint8Array(headerSize(size) + size);
  let at = writeHeader(frame, Opcode.Text, size, true);
  for (const part of encoded) {
    if (typeof part === "string") encoder.encodeInto(part, frame.subarray(at));
    else frame.set(part, at);
    at += part.length;
  }
  return frame;
}

function* fragments(parts: readonly (string | Base64Body)[]): Generator<Uint8Array, void, void> {
  let opcode: number = Opcode.Text;
  let held: Uint8Array | undefined;
  for (const piece of messagePieces(parts)) {
    if (held !== undefined) {
      yield encodeFrame(opcode, held, false);
      opcode = Opcode.Continuation;
    }
    held = piece;
  }
  yield encodeFrame(opcode, held ?? new Uint8Array(0), true);
}

function sizeOf(parts: readonly (string | Base64Body)[]): number {
  return parts.reduce((sum, part) => sum + (typeof part === "string" ? part.length * 3 : part.encodedLength), 0);
}

function headerSize(length: number): number {
  return length < 126 ? 2 : length < 65_536 ? 4 : 10;
}

function writeHeader(frame: Uint8Array, opcode: number, length: number, fin: boolean): number {
  frame[0] = (fin ? FIN : 0) | opcode;
  if (length < 126) {
    frame[1] = length;
    return 2;
  }
  const view = new DataView(frame.buffer);
  if (length < 65_536) {
    frame[1] = 126;
    view.setUint16(2, length);
    return 4;
  }
  frame[1] = 127;
  view.setBigUint64(2, BigInt(length));
  return 10;
}
