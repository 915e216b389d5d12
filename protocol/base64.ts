import { giveBack, pooledCopy } from "./byte_pool.ts";

/**
 * Decodes strict standard base64 (RFC 4648 section 4): padding required, no white space, no URL alphabet, no stray
 * trailing bits.
 *
 * @throws {SyntaxError} saying what is wrong
 */
export function decodeBase64(text: string): Uint8Array<ArrayBuffer> {
  let bytes: Uint8Array<ArrayBuffer>;
  try {
    bytes = Uint8Array.fromBase64(text, { lastChunkHandling: "strict" });
  } catch {
    throw new SyntaxError(describeFault(text));
  }
  // white space is skipped by the engine: it shows in the length, without a look at each character
  if (text.length !== Math.ceil(bytes.length / 3) * 4) throw new SyntaxError(describeFault(text));
  return bytes;
}

function describeFault(text: string): string {
  const end = text.search(/[^A-Za-z0-9+/]/);
  const data = end === -1 ? text : text.slice(0, end);
  const rest = text.slice(data.length);
  const padded = data.length % 4 >= 2 && data.length % 4 + rest.length <= 4 && /^=+$/.test(rest);
  if (rest !== "" && !padded) return `Invalid symbol ${firstByte(rest)}, offset ${data.length}.`;
  if (data.length % 4 === 1) return `Invalid input length: ${data.length}`;
  if (text.length % 4 !== 0) return "Invalid padding";
  return `Invalid last symbol ${firstByte(data.slice(-1))}, offset ${data.length - 1}.`;
}

function firstByte(text: string): number | undefined {
  return new TextEncoder().encode(text.slice(0, 2))[0];
}

/** Bytes inside an outgoing message: they become base64 only when they are written, piece by piece. */
export class Base64Body {
  readonly #release: ((bytes: Uint8Array) => void) | undefined;
  #released = false;
  /** The bytes as they are, unencoded. */
  readonly bytes: Uint8Array;

  private constructor(bytes: Uint8Array, release?: (bytes: Uint8Array) => void) {
    this.bytes = bytes;
    this.#release = release;
  }

  /** Bytes that do not change until the message is sent. */
  static of(bytes: Uint8Array): Base64Body {
    return new Base64Body(bytes);
  }

  /** Bytes that nobody else uses: their memory is given back as soon as the message is sent. */
  static owned(bytes: Uint8Array): Base64Body {
    return new Base64Body(bytes, detach);
  }

  /** Bytes in memory that goes back to its owner as soon as the message is sent. @param release gets the bytes then */
  static lent(bytes: Uint8Array, release: (bytes: Uint8Array) => void): Base64Body {
    return new Base64Body(bytes, release);
  }

  /** A copy of bytes that will change. */
  static copy(bytes: Uint8Array): Base64Body {
    return new Base64Body(pooledCopy(bytes), giveBack);
  }

  /** Length of the base64 form in characters. */
  get encodedLength(): number {
    return Math.ceil(this.bytes.length / 3) * 4;
  }

  /** The base64 form, for `JSON.stringify`. */
  toJSON(): string {
    return this.bytes.toBase64();
  }

  /** The message is sent and the bytes are not needed again: much output then makes no garbage. */
  release(): void {
    if (this.#released) return;
    this.#released = true;
    this.#release?.(this.bytes);
  }
}

function detach({ buffer }: Uint8Array): void {
  // large files would pile up until the next garbage collection
  if (buffer instanceof ArrayBuffer && !buffer.detached) buffer.transfer(0);
}
