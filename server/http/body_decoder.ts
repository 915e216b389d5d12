import { ChunkedBody } from "./chunked_body.ts";
import { HttpFailure } from "./http_failure.ts";
import { hasToken, headerValues, type ResponseHead } from "./response_head.ts";

/** Takes the framing of a body off the bytes of a socket. */
export interface BodyDecoder {
  /** Whether the body is complete. */
  readonly done: boolean;
  /** Whether bytes came behind it: the connection cannot be used again. */
  readonly surplus: boolean;
  /**
   * Takes the next bytes.
   *
   * @returns the part of the body in them, at the front of the same memory
   * @throws {HttpFailure} "protocol" when the framing is broken
   */
  decode(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer>;
  /** The connection has ended. @throws {HttpFailure} "closed" when something is missing */
  end(): void;
}

/**
 * How long the body of a response is (RFC 9112 section 6.3).
 *
 * @throws {HttpFailure} "protocol" when the headers contradict each other
 */
export function bodyDecoder(method: string, head: ResponseHead): BodyDecoder {
  const { status } = head;
  const tunnel = method === "CONNECT" && status >= 200 && status < 300;
  const encodings = headerValues(head, "transfer-encoding");
  const lengths = headerValues(head, "content-length");
  if (encodings.length > 0 && head.minorVersion === 0) throw new HttpFailure("protocol");
  const length = contentLength(lengths);
  if (method === "HEAD" || tunnel || status < 200 || status === 204 || status === 304) return new LengthBody(0);
  const last = encodings.at(-1);
  if (last !== undefined) {
    return hasToken([last.slice(last.lastIndexOf(",") + 1)], "chunked") ? new ChunkedBody() : new EndlessBody();
  }
  return length === undefined ? new EndlessBody() : new LengthBody(length);
}

// exact as a number
const SHORT_LENGTH = /^\d{1,15}$/;

function contentLength(values: readonly string[]): number | undefined {
  const [only] = values;
  if (only === undefined) return undefined;
  if (values.length === 1 && SHORT_LENGTH.test(only)) return Number(only);
  const [first = "", ...others] = values.flatMap((value) => value.split(",")).map((value) => value.trim());
  const length = Number(first);
  if (!/^\d+$/.test(first) || !Number.isSafeInteger(length) || others.some((other) => other !== first)) {
    throw new HttpFailure("protocol");
  }
  return length;
}

class LengthBody implements BodyDecoder {
  #left: number;
  surplus = false;

  constructor(length: number) {
    this.#left = length;
  }

  get done(): boolean {
    return this.#left === 0;
  }

  decode(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
    const data = bytes.length <= this.#left ? bytes : bytes.subarray(0, this.#left);
    this.#left -= data.length;
    if (data.length < bytes.length) this.surplus = true;
    return data;
  }

  end(): void {
    if (this.#left > 0) throw new HttpFailure("closed");
  }
}

class EndlessBody implements BodyDecoder {
  readonly done = false;
  readonly surplus = true;

  decode(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
    return bytes;
  }

  end(): void {}
}
