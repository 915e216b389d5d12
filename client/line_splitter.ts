const NEWLINE = 0x0a;
/** The engine cannot hold longer strings; the largest answer is that of `fs/readFile`. */
const MAX_LINE_BYTES = 512 * 1024 * 1024;

/**
 * Splits bytes into lines: one message each. Blank lines are skipped; a line that is too long or not UTF-8 becomes an
 * Error in its place.
 */
export class LineSplitter {
  readonly #utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  #parts: Uint8Array[] = [];
  #size = 0;

  /** Takes the next bytes, which must not change afterwards. @returns the lines they complete */
  *push(chunk: Uint8Array): Generator<string | Error, void, void> {
    let start = 0;
    for (let end; (end = chunk.indexOf(NEWLINE, start)) !== -1; start = end + 1) {
      this.#keep(chunk.subarray(start, end));
      const line = this.#take();
      if (line !== undefined) yield line;
    }
    this.#keep(chunk.subarray(start));
  }

  /** The last line, if the stream ended without a newline. */
  finish(): string | Error | undefined {
    return this.#take();
  }

  #keep(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    this.#size += bytes.length;
    if (this.#size > MAX_LINE_BYTES) this.#parts = [];
    else this.#parts.push(bytes);
  }

  #take(): string | Error | undefined {
    const parts = this.#parts, size = this.#size;
    this.#parts = [];
    this.#size = 0;
    if (size > MAX_LINE_BYTES) return new Error(`line exceeds the limit of ${MAX_LINE_BYTES} bytes`);
    try {
      let text = "";
      for (const part of parts) text += this.#utf8.decode(part, { stream: true });
      text = (text + this.#utf8.decode()).trim();
      return text === "" ? undefined : text;
    } catch {
      return new Error("line is not UTF-8");
    }
  }
}
