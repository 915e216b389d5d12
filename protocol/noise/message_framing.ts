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
  #parts: Uint8Array[] = [];
  #bytes = 0;
  #expected: number | undefined;

  /** Bytes of a message that is not complete. */
  get heldBytes(): number {
    return this.#bytes;
  }

  /** Takes what one record held. @returns complete messages @throws {NoiseError} for an impossible length */
  push(bytes: Uint8Array): Uint8Array[] {
    this.#parts.push(bytes);
    this.#bytes += bytes.length;
    const messages: Uint8Array[] = [];
    while (true) {
      if (this.#expected === undefined) {
        if (this.#bytes < HEAD_BYTES) return messages;
        this.#expected = this.#lengthOf(this.#take(HEAD_BYTES));
      }
      if (this.#bytes < this.#expected) return messages;
      messages.push(this.#take(this.#expected));
      this.#expected = undefined;
    }
  }

  #lengthOf(head: Uint8Array): number {
    const length = new DataView(head.buffer, head.byteOffset).getUint32(0);
    if (length === 0 || length > LIMITS.maxNoiseMessageBytes) {
      throw new NoiseError("Noise relay JSON-RPC message has invalid length");
    }
    return length;
  }

  /** The first of the bytes, of which there are enough. */
  #take(length: number): Uint8Array {
    const whole = this.#parts.length === 1 ? this.#parts[0] as Uint8Array : concatBytes(this.#parts);
    const rest = whole.subarray(length);
    this.#parts = rest.length === 0 ? [] : [rest];
    this.#bytes = rest.length;
    return whole.subarray(0, length);
  }
}
