import { concatBytes, LIMITS } from "../../protocol/mod.ts";
import { closeQuietly, writeAll } from "../byte_stream.ts";
import { BusyWait } from "./busy_wait.ts";
import { HttpFailure } from "./http_failure.ts";
import { takeReadMemory } from "./read_memory.ts";
import { headEnd, parseResponseHead, type ResponseHead } from "./response_head.ts";

// so much goes out in one piece, so that the server sees head and body at once
const COALESCE_BYTES = 64 * 1024;

type Bytes = Uint8Array<ArrayBuffer>;

/** An upstream connection: one request and its response at a time. */
export class HttpSocket {
  readonly #conn: Deno.TcpConn | Deno.TlsConn;
  readonly #busyWait: BusyWait | undefined;
  #reading: Promise<Bytes | null> | undefined;
  #readingEnded = false;
  #rest: Bytes | undefined;
  #size: number = LIMITS.minHttpReadBytes;
  #spare: Bytes | undefined;
  #alive = true;
  #unusedEnd: (() => void) | undefined;
  /** Requests sent on it before the present one. */
  uses = 0;
  /** Whether any byte of the present response has come. */
  answered = false;

  /** @param conn connected, and behind its TLS handshake; @param busyWait whether the program may wait busily for it */
  constructor(conn: Deno.TcpConn | Deno.TlsConn, busyWait = false) {
    this.#conn = conn;
    if (busyWait && "setNoDelay" in conn) this.#busyWait = new BusyWait(conn);
  }

  /** Sends the parts of a request. @throws when the connection is gone */
  async write(parts: readonly Uint8Array[]): Promise<void> {
    const size = parts.reduce((sum, { length }) => sum + length, 0);
    if (parts.length > 1 && size <= COALESCE_BYTES) return await writeAll(this.#conn, concatBytes(parts));
    for (const part of parts) await writeAll(this.#conn, part);
  }

  /**
   * Reads the head of the response to a request that was just sent; interim ones are skipped.
   *
   * @param alone whether the program waits for no other answer
   * @throws {HttpFailure} "closed" or "protocol"
   */
  async readHead(alone = false): Promise<ResponseHead> {
    this.#busyWait?.begin(alone);
    for (let interim = 0; interim <= LIMITS.maxHttpInterimResponses; interim++) {
      const head = await this.#readHead();
      if (head.status === 101 || head.status >= 200) return head;
    }
    throw new HttpFailure("protocol");
  }

  /** The next bytes, in memory of their own; null at the end. */
  read(): Promise<Bytes | null> {
    const rest = this.#rest;
    this.#rest = undefined;
    if (rest !== undefined) return Promise.resolve(rest);
    const reading = this.#reading ?? this.#readSome();
    this.#reading = undefined;
    this.#keepAlive(true);
    return reading;
  }

  /** Whether bytes wait that were read already. */
  get hasRest(): boolean {
    return this.#rest !== undefined;
  }

  /** Waits unused, and does not keep the program alive. @param ended is called when the peer closes it or sends something */
  rest(ended: () => void): void {
    this.uses++;
    this.answered = false;
    this.#size = LIMITS.minHttpReadBytes;
    if (this.#spare?.length !== this.#size) this.#spare = undefined;
    this.#unusedEnd = ended;
    this.#keepAlive(false);
    // one that bytes came past is still waiting, unless the peer closed the connection behind them
    if (this.#reading !== undefined) return this.#readingEnded ? ended() : undefined;
    // waiting here already makes the next request faster as well
    this.#reading = this.#readSome();
    this.#readingEnded = false;
    const readingEnded = () => {
      this.#readingEnded = true;
      this.#unusedEnd?.();
    };
    this.#reading.then(readingEnded, readingEnded);
  }

  /** Is used again. */
  wake(): void {
    this.#unusedEnd = undefined;
  }

  /** Ends it; a pending read fails. */
  close(): void {
    this.#busyWait?.close();
    closeQuietly(this.#conn);
  }

  /** Whether a pending read keeps the program running. */
  #keepAlive(alive: boolean): void {
    if (alive === this.#alive) return;
    this.#alive = alive;
    if (alive) this.#conn.ref();
    else this.#conn.unref();
  }

  async #readHead(): Promise<ResponseHead> {
    let bytes: Bytes = new Uint8Array(0);
    while (true) {
      const next = this.#receivePrompt() ?? await this.read();
      if (next === null) throw new HttpFailure("closed");
      if (!this.answered) this.#busyWait?.answered();
      this.answered = true;
      const from = bytes.length - 3;
      bytes = bytes.length === 0 ? afterEmptyLines(next) : join(bytes, next);
      const end = headEnd(bytes, from);
      if (end > LIMITS.maxHttpResponseHeadBytes || (end === -1 && bytes.length > LIMITS.maxHttpResponseHeadBytes)) {
        throw new HttpFailure("protocol");
      }
      if (end === -1) continue;
      if (end < bytes.length) this.#rest = bytes.subarray(end);
      return parseResponseHead(bytes.subarray(0, end));
    }
  }

  /** Until the event loop turns, and a pending read gets bytes first, these are the next ones. */
  #receivePrompt(): Bytes | undefined {
    return this.#rest === undefined ? this.#busyWait?.receive() : undefined;
  }

  async #readSome(): Promise<Bytes | null> {
    const largest = this.#size === LIMITS.maxHttpReadBytes;
    const buffer = this.#spare ?? (largest ? takeReadMemory() : new Uint8Array(this.#size));
    this.#spare = undefined;
    const count = await this.#conn.read(buffer);
    if (count === null) return null;
    if (count === buffer.length) this.#size = Math.min(buffer.length * 2, LIMITS.maxHttpReadBytes);
    else if (count * 4 < buffer.length) this.#size = Math.max(buffer.length / 2, LIMITS.minHttpReadBytes);
    if (count * 2 >= buffer.length) return buffer.subarray(0, count);
    // what waits to be sent holds little more memory than it has bytes
    if (buffer.length === this.#size) this.#spare = buffer;
    return buffer.slice(0, count);
  }
}

/** Some servers send a line end behind the last body (RFC 9112 section 2.2). */
function afterEmptyLines(bytes: Bytes): Bytes {
  let start = 0;
  while (bytes[start] === 13 || bytes[start] === 10) start++;
  return start === 0 ? bytes : bytes.subarray(start);
}

function join(first: Bytes, second: Bytes): Bytes {
  const whole = new Uint8Array(first.length + second.length);
  whole.set(first);
  whole.set(second, first.length);
  return whole;
}
