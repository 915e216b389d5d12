import { LIMITS } from "../../protocol/mod.ts";
import type { StreamName } from "./spawner.ts";

/** One retained piece of output. */
export interface OutputChunk {
  /** Its place in the event sequence of the process. */
  readonly seq: number;
  readonly stream: StreamName;
  readonly bytes: Uint8Array;
}

/**
 * The retained output of one process: the newest chunks up to a number of bytes. The oldest are dropped whole, so
 * readers see a gap in the seq numbers.
 *
 * Source: exec-server protocol, sections 8.3 and 8.4.
 */
export class OutputLog {
  readonly #limit: number;
  #chunks: OutputChunk[] = [];
  #first = 0;
  #bytes = 0;
  #droppedBytes = 0;
  // memory of dropped chunks, for chunks of the same size: bulk output then allocates nothing
  #spare: Uint8Array | undefined;

  /** @param limit bytes to retain */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Bytes that no longer can be read. */
  get droppedBytes(): number {
    return this.#droppedBytes;
  }

  /** Bytes that can be read. */
  get retainedBytes(): number {
    return this.#bytes;
  }

  /** Drops the oldest chunks until at most this many bytes are left. */
  shrink(bytes: number): void {
    this.#dropOldest(bytes);
    this.#spare = undefined;
  }

  /** Retains a copy of the bytes; the seq must be higher than all before. */
  append(seq: number, stream: StreamName, bytes: Uint8Array): void {
    this.#bytes += bytes.length;
    this.#dropOldest();
    this.#chunks.push({ seq, stream, bytes: this.#copy(bytes) });
    this.#dropOldest();
  }

  #dropOldest(limit: number = this.#limit): void {
    while (this.#first < this.#chunks.length && this.#overfull(limit)) {
      const oldest = this.#chunks[this.#first++] as OutputChunk;
      this.#bytes -= oldest.bytes.length;
      this.#droppedBytes += oldest.bytes.length;
      this.#spare = oldest.bytes;
    }
    // forget dropped chunks now and then, not one by one
    if (this.#first > 64 && this.#first * 2 > this.#chunks.length) {
      this.#chunks = this.#chunks.slice(this.#first);
      this.#first = 0;
    }
  }

  #overfull(limit: number): boolean {
    return this.#bytes > limit || this.#chunks.length - this.#first > LIMITS.retainedOutputChunks;
  }

  #copy(bytes: Uint8Array): Uint8Array {
    const spare = this.#spare;
    if (spare?.length !== bytes.length) return bytes.slice();
    this.#spare = undefined;
    spare.set(bytes);
    return spare;
  }

  /**
   * Whole chunks after `afterSeq` in order. Stops before exceeding `maxBytes`, but takes at least one; without a limit
   * takes all. Their bytes are valid until the next append.
   */
  read(afterSeq: number, maxBytes: number | undefined): OutputChunk[] {
    const taken: OutputChunk[] = [];
    let total = 0;
    for (let i = this.#position(afterSeq); i < this.#chunks.length; i++) {
      const chunk = this.#chunks[i] as OutputChunk;
      if (maxBytes !== undefined && taken.length > 0 && total + chunk.bytes.length > maxBytes) break;
      taken.push(chunk);
      total += chunk.bytes.length;
      if (maxBytes !== undefined && total >= maxBytes) break;
    }
    return taken;
  }

  /** Index of the first chunk after `afterSeq`. */
  #position(afterSeq: number): number {
    let low = this.#first, high = this.#chunks.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#chunks[middle] as OutputChunk).seq > afterSeq) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}
