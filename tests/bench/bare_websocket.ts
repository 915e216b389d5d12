import { concatBytes } from "../../protocol/mod.ts";
import { writeAll } from "../../server/byte_stream.ts";

const TEXT = 1, CLOSE = 8, PING = 9, PONG = 10, FIN = 0x80, MASKED = 0x80;
const ENCODER = new TextEncoder();

/** The least a client can do on the wire of RFC 6455: what is measured is the server, not a library. */
export class BareWebSocket implements Disposable {
  readonly #conn: Deno.TcpConn;
  readonly #receive: (message: Uint8Array) => void;
  #buffer = new Uint8Array(1024 * 1024);
  #filled = 0;
  #fragments: Uint8Array[] = [];

  private constructor(conn: Deno.TcpConn, receive: (message: Uint8Array) => void) {
    this.#conn = conn;
    this.#receive = receive;
  }

  /**
   * Connects.
   *
   * @param url `ws://` with host and port
   * @param headers besides those of the handshake
   * @param receive gets each message; its bytes are overwritten when it has returned
   * @throws {Error} when the server refuses
   */
  static async open(
    url: string,
    headers: Readonly<Record<string, string>>,
    receive: (message: Uint8Array) => void,
  ): Promise<BareWebSocket> {
    const { hostname, port, host, pathname } = new URL(url);
    const conn = await Deno.connect({ hostname, port: Number(port) });
    conn.setNoDelay(true);
    const socket = new BareWebSocket(conn, receive);
    const lines = Object.entries({
      host,
      connection: "upgrade",
      upgrade: "websocket",
      "sec-websocket-version": "13",
      "sec-websocket-key": crypto.getRandomValues(new Uint8Array(16)).toBase64(),
      ...headers,
    }).map(([name, value]) => `${name}: ${value}\r\n`);
    await writeAll(conn, ENCODER.encode(`GET ${pathname} HTTP/1.1\r\n${lines.join("")}\r\n`));
    await socket.#readHead();
    socket.#read();
    return socket;
  }

  /** Sends a message of less than 64 KiB. */
  send(text: string): void {
    writeAll(this.#conn, frame(TEXT, ENCODER.encode(text))).catch(() => {}); // the server is gone
  }

  /** Drops the connection. */
  [Symbol.dispose](): void {
    this.#conn.close();
  }

  async #readHead(): Promise<void> {
    while (true) {
      if (!await this.#fill()) throw new Error("The server closed the connection");
      const text = new TextDecoder("latin1").decode(this.#buffer.subarray(0, this.#filled));
      const end = text.indexOf("\r\n\r\n");
      if (end === -1) continue;
      if (!text.startsWith("HTTP/1.1 101")) throw new Error(text.slice(0, text.indexOf("\r\n")));
      return this.#drop(end + 4);
    }
  }

  async #read(): Promise<void> {
    try {
      do this.#takeFrames(); while (await this.#fill());
    } catch {
      // closed
    }
  }

  #takeFrames(): void {
    let at = 0;
    while (this.#filled - at >= 2) {
      const buffer = this.#buffer;
      const short = buffer[at + 1] as number;
      const start = at + (short < 126 ? 2 : short === 126 ? 4 : 10);
      if (this.#filled < start) break;
      const view = new DataView(buffer.buffer, at, start - at);
      const length = short < 126 ? short : short === 126 ? view.getUint16(2) : Number(view.getBigUint64(2));
      const end = start + length;
      if (end > buffer.length) this.#grow(end);
      if (this.#filled < end) break;
      this.#take(buffer[at] as number, buffer.subarray(start, end));
      at = end;
    }
    this.#drop(at);
  }

  #take(first: number, payload: Uint8Array): void {
    const opcode = first & 0x0f;
    if (opcode === PING) writeAll(this.#conn, frame(PONG, payload)).catch(() => {}); // the server is gone
    if (opcode >= CLOSE) return;
    if (first >= FIN && this.#fragments.length === 0) return this.#receive(payload);
    this.#fragments.push(payload.slice());
    if (first < FIN) return;
    const message = concatBytes(this.#fragments);
    this.#fragments = [];
    this.#receive(message);
  }

  async #fill(): Promise<boolean> {
    const count = await this.#conn.read(this.#buffer.subarray(this.#filled));
    this.#filled += count ?? 0;
    return count !== null;
  }

  #drop(count: number): void {
    if (count > 0) this.#buffer.copyWithin(0, count, this.#filled);
    this.#filled -= count;
  }

  #grow(size: number): void {
    const buffer = new Uint8Array(size * 2);
    buffer.set(this.#buffer.subarray(0, this.#filled));
    this.#buffer = buffer;
  }
}

/** A frame with a mask of zeros, which leaves the payload as it is. */
function frame(opcode: number, payload: Uint8Array): Uint8Array {
  const long = payload.length >= 126;
  const head = long ? [MASKED | 126, payload.length >> 8, payload.length & 0xff] : [MASKED | payload.length];
  return new Uint8Array([FIN | opcode, ...head, 0, 0, 0, 0, ...payload]);
}
