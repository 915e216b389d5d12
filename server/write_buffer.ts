// larger pieces are allocated for themselves
const MAX_KEPT_BYTES = 1280 * 1024;
// what an idle connection may keep
const MAX_IDLE_BYTES = 256 * 1024;

/**
 * Memory that outgoing bytes are encoded into and that is used again once they are written, so that a stream of output
 * makes no garbage.
 */
export class WriteBuffer {
  #memory = new Uint8Array(0);
  #used = 0;

  /** Everything reserved from the kept memory since the last {@linkcode reset}, in one piece. */
  get filled(): Uint8Array {
    return this.#memory.subarray(0, this.#used);
  }

  /** Memory for `size` bytes, to be filled completely; valid until the next {@linkcode reset}. */
  reserve(size: number): Uint8Array {
    if (this.#used + size > this.#memory.length) {
      if (this.#used > 0 || size > MAX_KEPT_BYTES) return new Uint8Array(size);
      this.#memory = new Uint8Array(2 ** Math.ceil(Math.log2(Math.max(size, 512))));
    }
    const start = this.#used;
    this.#used += size;
    return this.#memory.subarray(start, this.#used);
  }

  /** All reserved bytes are written: the memory may be used again. */
  reset(): void {
    this.#used = 0;
  }

  /** Nothing more to write for now: gives up what is too large to keep. */
  rest(): void {
    this.#used = 0;
    if (this.#memory.length > MAX_IDLE_BYTES) this.#memory = new Uint8Array(0);
  }
}
