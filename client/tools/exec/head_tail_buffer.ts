import { concatBytes } from "../../../protocol/mod.ts";
/** What a {@linkcode HeadTailBuffer} held. */
export interface TakenOutput {
  /** The first bytes. */
  readonly head: Uint8Array;
  /** The last bytes; empty as long as nothing was dropped and the head had room. */
  readonly tail: Uint8Array;
  /** Bytes between them that were dropped. */
  readonly omitted: number;
  /** Bytes that were pushed. */
  readonly total: number;
}

/** Keeps the first and the last half of what is pushed into it, and counts what it drops between them. */
export class HeadTailBuffer {
  readonly #headLimit: number;
  readonly #tailLimit: number;
  #head: Uint8Array[] = [];
  #headBytes = 0;
  #tail: Uint8Array[] = [];
  #tailBytes = 0;
  #total = 0;

  /** Keeps nothing yet. @param limit bytes it may hold */
  constructor(limit: number) {
    this.#headLimit = Math.floor(limit / 2);
    this.#tailLimit = limit - this.#headLimit;
  }

  /** Takes a piece; it is not copied, so it must not change. */
  push(bytes: Uint8Array): void {
    this.#total += bytes.length;
    const room = this.#headLimit - this.#headBytes;
    const forHead = bytes.subarray(0, room), rest = bytes.subarray(room);
    if (forHead.length > 0) {
      this.#head.push(forHead);
      this.#headBytes += forHead.length;
    }
    if (rest.length > 0) this.#pushTail(rest);
  }

  /** Hands out everything and starts anew. */
  take(): TakenOutput {
    const taken = {
      head: concatBytes(this.#head),
      tail: concatBytes(this.#tail),
      omitted: this.#total - this.#headBytes - this.#tailBytes,
      total: this.#total,
    };
    this.#head = [];
    this.#tail = [];
    this.#headBytes = this.#tailBytes = this.#total = 0;
    return taken;
  }

  #pushTail(bytes: Uint8Array): void {
    this.#tail.push(bytes);
    this.#tailBytes += bytes.length;
    let dropped = 0;
    while (this.#tailBytes > this.#tailLimit) {
      const first = this.#tail[dropped] as Uint8Array;
      const excess = this.#tailBytes - this.#tailLimit;
      if (first.length <= excess) {
        dropped++;
        this.#tailBytes -= first.length;
      } else {
        this.#tail[dropped] = first.subarray(excess);
        this.#tailBytes -= excess;
      }
    }
    if (dropped > 0) this.#tail.splice(0, dropped);
  }
}
