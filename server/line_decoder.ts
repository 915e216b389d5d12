import { concatBytes, LIMITS } from "../protocol/mod.ts";

const NEWLINE = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const BLANK = /^\s*$/;

/**
 * Splits a byte stream into lines: one JSON value each. A blank line is skipped; a line that is too long or not UTF-8
 * becomes an Error in its place, and the next one is read as usual.
 *
 * Source: exec-server protocol, section 3.2.
 */
export class LineDecoder {
  readonly #maxBytes: number;
  readonly #utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  #parts: Uint8Array[] = [];
  #size = 0;
  #tooLong = false;

  /** @param maxBytes longest line */
  constructor(maxBytes: number = LIMITS.maxMessageBytes) {
    this.#maxBytes = maxBytes;
  }

  /** Takes the next bytes. @returns the lines they complete */
  *push(chunk: Uint8Array): Generator<string | Error, void, void> {
    let rest = chunk;
    while (true) {
      const end = rest.indexOf(NEWLINE);
      if (end === -1) break;
      this.#keep(rest.subarray(0, end));
      const line = this.#take();
      if (line !== undefined) yield line;
      rest = rest.subarray(end + 1);
    }
    this.#keep(rest.slice());
  }

  /** The last line, if the stream ended without a newline. */
  finish(): string | Error | undefined {
    return this.#take();
  }

  #keep(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    this.#size += bytes.length;
    if (this.#size > this.#maxBytes) {
      this.#tooLong = true;
      this.#parts = [];
    } else {
      this.#parts.push(bytes);
    }
  }

  #take(): string | Error | undefined {
    const parts = this.#parts, size = this.#size, tooLong = this.#tooLong;
    this.#parts = [];
    this.#size = 0;
    this.#tooLong = false;
    if (tooLong) return new Error(`line exceeds the limit of ${this.#maxBytes} bytes`);
    if (size === 0) return undefined;
    let bytes = parts.length === 1 ? parts[0] as Uint8Array : concatBytes(parts);
    if (bytes[bytes.length - 1] === CARRIAGE_RETURN) bytes = bytes.subarray(0, -1);
    try {
      const line = this.#utf8.decode(bytes);
      return BLANK.test(line) ? undefined : line;
    } catch {
      return new Error("line is not UTF-8");
    }
  }
}
