interface Waiter {
  readonly bytes: number;
  readonly admit: () => void;
}

/** Bounds the bytes held at once. Requests are admitted in order; one larger than the limit is let through alone. */
export class ByteBudget {
  readonly #limit: number;
  readonly #waiting: Waiter[] = [];
  #held = 0;

  /** @param limit bytes that may be held at once */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Takes bytes. @returns undefined when they are granted at once, else a promise of the grant */
  acquire(bytes: number): Promise<void> | undefined {
    if (this.#waiting.length === 0 && this.#fits(bytes)) {
      this.#held += bytes;
      return undefined;
    }
    return new Promise((admit) => this.#waiting.push({ bytes, admit }));
  }

  /** Gives back as many bytes as were taken. */
  release(bytes: number): void {
    this.#held -= bytes;
    for (let next = this.#waiting[0]; next !== undefined && this.#fits(next.bytes); next = this.#waiting[0]) {
      this.#waiting.shift();
      this.#held += next.bytes;
      next.admit();
    }
  }

  #fits(bytes: number): boolean {
    return this.#held === 0 || this.#held + bytes <= this.#limit;
  }
}
