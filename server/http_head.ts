import { LIMITS } from "../protocol/mod.ts";
import type { ByteStream } from "./byte_stream.ts";

/** The head of an HTTP/1.1 request. */
export interface HttpHead {
  readonly method: string;
  /** Path without query. */
  readonly path: string;
  /** What stands behind the `?`. */
  readonly query: URLSearchParams;
  /** Values by lower-case name; repeated headers joined by a comma. */
  readonly headers: ReadonlyMap<string, string>;
  /** Bytes received behind the head. */
  readonly rest: Uint8Array;
}

/** A request that cannot be understood; answered with this status. */
export class HttpHeadError extends Error {
  /** 400, 408 or 431. */
  readonly status: number;

  /** @param status HTTP status; @param message the answer's body */
  constructor(status: number, message: string) {
    super(message);
    this.name = "HttpHeadError";
    this.status = status;
  }
}

/**
 * Reads the head of a request (RFC 9112).
 *
 * @param received bytes read already
 * @returns undefined when the client left before it was complete
 * @throws {HttpHeadError} when it is malformed or too large
 */
export async function readHttpHead(stream: ByteStream, received: Uint8Array): Promise<HttpHead | undefined> {
  const buffer = new Uint8Array(LIMITS.maxHttpHeadBytes);
  if (received.length > buffer.length) throw new HttpHeadError(431, "request head is too large");
  buffer.set(received);
  let filled = received.length;
  let end = headEnd(buffer, 0, filled);
  while (end === -1) {
    if (filled === buffer.length) throw new HttpHeadError(431, "request head is too large");
    const count = await stream.read(buffer.subarray(filled));
    if (count === null) return undefined;
    filled += count;
    end = headEnd(buffer, Math.max(0, filled - count - 3), filled);
  }
  const text = new TextDecoder("latin1").decode(buffer.subarray(0, end));
  return { ...parseHead(text), rest: buffer.slice(end, filled) };
}

/** Offset behind the blank line, or -1. */
function headEnd(buffer: Uint8Array, from: number, to: number): number {
  for (let i = from; i + 3 < to; i++) {
    if (buffer[i] === 13 && buffer[i + 1] === 10 && buffer[i + 2] === 13 && buffer[i + 3] === 10) return i + 4;
  }
  return -1;
}

function parseHead(text: string): Omit<HttpHead, "rest"> {
  const [requestLine = "", ...lines] = text.trimEnd().split("\r\n");
  const match = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+) (\S+) HTTP\/1\.[01]$/.exec(requestLine);
  if (match === null) throw new HttpHeadError(400, "malformed request line");
  const headers = new Map<string, string>();
  for (const line of lines) {
    const header = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*(.*?)[ \t]*$/.exec(line);
    if (header === null) throw new HttpHeadError(400, "malformed header");
    const name = (header[1] as string).toLowerCase();
    const value = header[2] as string;
    const before = headers.get(name);
    headers.set(name, before === undefined ? value : `${before}, ${value}`);
  }
  return { method: match[1] as string, ...splitTarget(match[2] as string), headers };
}

function splitTarget(target: string): { path: string; query: URLSearchParams } {
  // a proxy sends the absolute form
  const local = target.startsWith("/") ? target : target.replace(/^[a-z]+:\/\/[^/?#]*/i, "");
  const [, path = "", query = ""] = /^([^?#]*)(?:\?([^#]*))?/s.exec(local) ?? [];
  return { path: path || "/", query: new URLSearchParams(query) };
}
