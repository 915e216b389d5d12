const WHITESPACE = /[\t\n\f\r ]/;

/**
 * Decodes strict standard base64 (RFC 4648 section 4): padding required, no white space, no URL alphabet, no stray
 * trailing bits.
 *
 * @throws {SyntaxError} saying what is wrong
 */
export function decodeBase64(text: string): Uint8Array<ArrayBuffer> {
  if (WHITESPACE.test(text)) throw new SyntaxError("white space is not allowed");
  try {
    return Uint8Array.fromBase64(text, { lastChunkHandling: "strict" });
  } catch {
    throw new SyntaxError(describeFault(text));
  }
}

function describeFault(text: string): string {
  const symbol = /[^A-Za-z0-9+/=]/.exec(text);
  if (symbol !== null) return `Invalid symbol ${symbol[0].codePointAt(0)}, offset ${symbol.index}.`;
  const data = text.replace(/={1,2}$/, "");
  const early = data.indexOf("=");
  if (early !== -1) return `Invalid symbol 61, offset ${early}.`;
  if (data.length % 4 === 1) return `Invalid input length: ${data.length}`;
  if (text.length % 4 !== 0) return "Invalid padding";
  return `Invalid last symbol ${data.charCodeAt(data.length - 1)}, offset ${data.length - 1}.`;
}

/** Bytes inside an outgoing message: they become base64 only when they are written, piece by piece. */
export class Base64Body {
  /** The bytes as they are, unencoded. */
  readonly bytes: Uint8Array;

  /** @param bytes the content; it must not change until the message is sent */
  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  /** Length of the base64 form in characters. */
  get encodedLength(): number {
    return Math.ceil(this.bytes.length / 3) * 4;
  }

  /** The base64 form, for `JSON.stringify`. */
  toJSON(): string {
    return this.bytes.toBase64();
  }
}
