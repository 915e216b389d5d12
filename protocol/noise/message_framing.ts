import { concatBytes } from "../concat_bytes.ts";
import { LIMITS } from "../limits.ts";
import { NoiseError } from "./noise_error.ts";

const HEAD_BYTES = 4;

/** A message behind its length, cut into what one record holds (environments, section 6.5). */
export function* frameMessage(message: Uint8Array): Generator<Uint8Array, void, void> {
  const head = new Uint8Array(HEAD_BYTES);
  new DataView(head.buffer).setUint32(0, message.length);
  const first = message.subarray(0, LIMITS.maxNoisePlaintextBytes - HEAD_BYTES);
  yield concatBytes([head, first]);
  for (let start = first.length; start < message.length; start += LIMITS.maxNoisePlaintextBytes) {
    yield message.subarray(start, start + LIMITS.maxNoisePlaintextBytes);
  }
}

/** Makes messages of the bytes that {@linkcode frameMessage} cut; where the cuts are does not matter. */
export class MessageAssembler {
  /** The beginning of a message, and room that doubles: however small the pieces are, they take no more. */
  #held: Uint8Array = new Uint8Array(0);
  #length = 0;

  /** Bytes of a message that is not complete. */
  get heldBytes(): number {
    return this.#length;
  }

  /** Takes what one record held. @returns complete messages @throws {NoiseError} for an impossible length */
  push(bytes: Uint8Array): Uint8Array[] {
    const stream = this.#length === 0 ? bytes : this.#append(bytes);
    const messages: Uint8Array[] = [];
    let at = 0;
    while (stream.length - at >= HEAD_BYTES) {
      const start = at + HEAD_BYTES, end = start + lengthAt(stream, at);
      if (end > stream.length) break;
      messages.push(stream.subarray(start, end));
      at = end;
    }
    // the messages keep the memory they are in
    if (at > 0 || stream === bytes) {
      this.#held = stream.slice(at);
      this.#length = this.#held.length;
    }
    return messages;
  }

  #append(bytes: Uint8Array): Uint8Array {
    const length = this.#length + bytes.length;
    if (length > this.#held.length) {
      const grown = new Uint8Array(Math.max(length, 2 * this.#held.length));
      grown.set(this.#held.subarray(0, this.#length));
      this.#held = grown;
    }
    this.#held.set(bytes, this.#length);
    this.#length = length;
    return this.#held.subarray(0, length);
  }
}

function lengthAt(stream: Uint8Array, at: number): number {
  const length = new DataView(stream.buffer, stream.byteOffset).getUint32(at);
  if (length === 0 || length > LIMITS.maxNoiseMessageBytes) {
    throw new NoiseError("Noise relay JSON-RPC message has invalid length");
  }
  return length;
}
