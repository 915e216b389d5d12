/** Cuts bytes into lines at newlines; a carriage return before one goes with it. Characters may arrive in pieces. */
export class LineSplitter {
  readonly #maxBytes: number;
  #pieces: Uint8Array[] = [];
  #held = 0;

  /** Refuses longer lines. @param maxBytes of one line */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Takes bytes, which may be used again afterwards. @returns the lines they complete @throws {RangeError} when one is too long */
  push(bytes: Uint8Array): Uint8Array[] {
    const lines: Uint8Array[] = [];
    let start = 0;
    for (let end = bytes.indexOf(10); end !== -1; end = bytes.indexOf(10, start)) {
      this.#hold(bytes.subarray(start, end));
      lines.push(this.finish());
      start = end + 1;
    }
    this.#hold(bytes.subarray(start));
    return lines;
  }

  /** The line that has no end yet; empty when there is none. */
  finish(): Uint8Array {
    const line = new Uint8Array(this.#held);
    let at = 0;
    for (const piece of this.#pieces) {
      line.set(piece, at);
      at += piece.length;
    }
    this.#pieces = [];
    this.#held = 0;
    return line.at(-1) === 13 ? line.subarray(0, -1) : line;
  }

  #hold(piece: Uint8Array): void {
    if (piece.length === 0) return;
    if (this.#held + piece.length > this.#maxBytes) {
      throw new RangeError(`a line is longer than ${this.#maxBytes} bytes`);
    }
    this.#pieces.push(piece.slice());
    this.#held += piece.length;
  }
}
