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

  /** @param limit bytes to retain */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Bytes that no longer can be read. */
  get droppedBytes(): number {
    return this.#droppedBytes;
  }

  /** Retains a chunk; its seq must be higher than all before. */
  append(chunk: OutputChunk): void {
    this.#chunks.push(chunk);
    this.#bytes += chunk.bytes.length;
    while (this.#bytes > this.#limit || this.#chunks.length - this.#first > LIMITS.retainedOutputChunks) {
      const oldest = this.#chunks[this.#first++] as OutputChunk;
      this.#bytes -= oldest.bytes.length;
      this.#droppedBytes += oldest.bytes.length;
    }
    // forget dropped chunks now and then, not one by one
    if (this.#first > 64 && this.#first * 2 > this.#chunks.length) {
      this.#chunks = this.#chunks.slice(this.#first);
      this.#first = 0;
    }
  }

  /**
   * Whole chunks after `afterSeq` in order. Stops before exceeding `maxBytes`, but takes at least one; without a limit
   * takes all.
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
