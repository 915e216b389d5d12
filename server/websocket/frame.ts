import { Base64Body, LIMITS, type OutgoingMessage } from "../../protocol/mod.ts";
import { messagePieces } from "../message_pieces.ts";
import type { WriteBuffer } from "../write_buffer.ts";

/** Frame types of RFC 6455 section 5.2. */
export const Opcode = { Continuation: 0, Text: 1, Binary: 2, Close: 8, Ping: 9, Pong: 10 } as const;

type Parts = readonly (string | Base64Body)[];

const FIN = 0x80;
const SMALL_BYTES = 16 * 1024;
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
 *
 * @param buffer where the frames are put
 */
export function encodeTextFrames(message: OutgoingMessage, buffer: WriteBuffer): Iterable<Uint8Array> {
  const parts: Parts = typeof message === "string" ? [message] : message;
  return upperBound(parts) <= LIMITS.fragmentBytes
    ? [encodeParts(Opcode.Text, parts, true, buffer)]
    : fragments(parts, buffer);
}

/** Encodes bytes as binary frames, fragmented like {@linkcode encodeTextFrames}. */
export function* encodeBinaryFrames(bytes: Uint8Array): Generator<Uint8Array, void, void> {
  let opcode: number = Opcode.Binary;
  for (let start = 0; start === 0 || start < bytes.length; start += LIMITS.fragmentBytes) {
    const piece = bytes.subarray(start, start + LIMITS.fragmentBytes);
    yield encodeFrame(opcode, piece, start + LIMITS.fragmentBytes >= bytes.length);
    opcode = Opcode.Continuation;
  }
}

function* fragments(parts: Parts, buffer: WriteBuffer): Generator<Uint8Array, void, void> {
  let opcode: number = Opcode.Text;
  let held: string | Base64Body | undefined;
  for (const piece of messagePieces(parts)) {
    if (held !== undefined) {
      yield encodeParts(opcode, [held], false, buffer);
      opcode = Opcode.Continuation;
    }
    held = piece;
  }
  yield encodeParts(opcode, held === undefined ? [] : [held], true, buffer);
}

function encodeParts(opcode: number, parts: Parts, fin: boolean, buffer: WriteBuffer): Uint8Array {
  return encodeSmallAscii(opcode, parts, fin, buffer) ?? encodeAny(opcode, parts, fin, buffer);
}

/** In one go: each call of an encoder costs more than what it does to a few bytes. */
function encodeSmallAscii(opcode: number, parts: Parts, fin: boolean, buffer: WriteBuffer): Uint8Array | undefined {
  if (upperBound(parts) > SMALL_BYTES) return undefined;
  let text = "";
  for (const part of parts) text += part instanceof Base64Body ? part.toJSON() : part;
  const frame = buffer.reserve(headerSize(text.length) + text.length);
  const at = writeHeader(frame, opcode, text.length, fin);
  // only ASCII takes one byte a character
  return encoder.encodeInto(text, frame.subarray(at)).read === text.length ? frame : undefined;
}

function encodeAny(opcode: number, parts: Parts, fin: boolean, buffer: WriteBuffer): Uint8Array {
  // base64 is ASCII and goes straight into the frame; only other text has to be encoded to know its length
  const encoded: (string | Uint8Array)[] = [];
  let size = 0;
  for (const part of parts) {
    const bytes = part instanceof Base64Body ? part.toJSON() : encoder.encode(part);
    encoded.push(bytes);
    size += bytes.length;
  }
  const frame = buffer.reserve(headerSize(size) + size);
  let at = writeHeader(frame, opcode, size, fin);
  for (const part of encoded) {
    if (typeof part === "string") encoder.encodeInto(part, frame.subarray(at));
    else frame.set(part, at);
    at += part.length;
  }
  return frame;
}

function upperBound(parts: Parts): number {
  let sum = 0;
  for (const part of parts) sum += typeof part === "string" ? part.length * 3 : part.encodedLength;
  return sum;
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
  if (length < 65_536) {
    frame[1] = 126;
    frame[2] = length >> 8;
    frame[3] = length;
    return 4;
  }
  frame[1] = 127;
  new DataView(frame.buffer, frame.byteOffset).setBigUint64(2, BigInt(length));
  return 10;
}
