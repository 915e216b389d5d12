import { LIMITS } from "../limits.ts";
import { NoiseError } from "./noise_error.ts";

/**
 * Puts records in the order of their numbers. What was there before is dropped, before anybody decrypts it; what is too
 * far ahead, or too much, ends the stream.
 *
 * Source: environments, section 6.5.
 */
export class RecordOrder {
  readonly #waiting = new Map<number, Uint8Array>();
  #next = 0;
  #bytes = 0;

  /** Bytes of records that wait for one before them. */
  get waitingBytes(): number {
    return this.#bytes;
  }

  /** Takes a record. @returns those whose turn it is @throws {NoiseError} when it is too far ahead or too much waits */
  push(seq: number, record: Uint8Array): Uint8Array[] {
    if (seq < this.#next || this.#waiting.has(seq)) return [];
    if (seq > this.#next) {
      this.#keep(seq, record);
      return [];
    }
    const turn = [record];
    this.#next++;
    for (let next; (next = this.#waiting.get(this.#next)) !== undefined; this.#next++) {
      this.#waiting.delete(this.#next);
      this.#bytes -= next.length;
      turn.push(next);
    }
    return turn;
  }

  #keep(seq: number, record: Uint8Array): void {
    const tooFar = seq - this.#next > LIMITS.maxNoiseReorderFrames;
    if (tooFar || this.#bytes + record.length > LIMITS.maxNoiseReorderBytes) {
      throw new NoiseError("Noise relay ciphertext exceeds reorder window");
    }
    this.#waiting.set(seq, record);
    this.#bytes += record.length;
  }
}
