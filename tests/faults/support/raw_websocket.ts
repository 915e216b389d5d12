import { concatBytes } from "../../../protocol/mod.ts";
/** One frame as it came from the server. */
export interface ReceivedFrame {
  readonly opcode: number;
  readonly fin: boolean;
  readonly payload: Uint8Array<ArrayBuffer>;
}

/** How a frame deviates from a masked text frame in one piece. */
export interface FrameOptions {
  readonly opcode?: number;
  readonly fin?: boolean;
  readonly masked?: boolean;
  /** Length the header claims, when it lies. */
  readonly claims?: number;
}

/** Frame types of RFC 6455. */
export const OPCODE = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

/** The request that opens a websocket, without the blank line behind it. */
export const UPGRADE = "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" +
  "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";

/** How to open a websocket. */
export interface OpenOptions {
  /** Further header lines. */
  readonly headers?: Readonly<Record<string, string>>;
  /** The authority that signed a `wss:` server's certificate, PEM. */
  readonly ca?: string;
}

/** A websocket client made by hand: it sends any bytes, and reads its socket only when it is asked to. */
export class RawWebSocket implements Disposable {
  readonly #conn: Deno.Conn;
  readonly #buffer = new Uint8Array(1024 * 1024);
  #received: Uint8Array<ArrayBuffer> = new Uint8Array(0);
  #open = true;

  private constructor(conn: Deno.Conn) {
    this.#conn = conn;
  }

  /** Connects to `ws://IP:PORT`, `wss://IP:PORT` or `unix:///PATH` and opens the websocket. */
  static async open(url: string, { headers = {}, ca }: OpenOptions = {}): Promise<RawWebSocket> {
    const socket = new RawWebSocket(await connectRaw(url, ca));
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`).join("");
    await socket.write(new TextEncoder().encode(`${UPGRADE}${lines}\r\n`));
    const head = await socket.#until((bytes) => endOfHead(bytes));
    const text = new TextDecoder().decode(head);
    if (!text.startsWith("HTTP/1.1 101 ")) throw new Error(`not a websocket: ${text}`);
    return socket;
  }

  /** Sends raw bytes. */
  async write(bytes: Uint8Array): Promise<void> {
    for (let rest = bytes; rest.length > 0;) rest = rest.subarray(await this.#conn.write(rest));
  }

  /** Sends one frame. */
  send(payload: string | Uint8Array, options: FrameOptions = {}): Promise<void> {
    return this.write(encodeFrame(payload, options));
  }

  /** Sends a request or notification. */
  sendMessage(message: unknown): Promise<void> {
    return this.send(JSON.stringify(message));
  }

  /** Opens a session and gives its id. */
  async initialize(): Promise<string> {
    await this.sendMessage({ id: "hello", method: "initialize", params: { clientName: "raw" } });
    await this.sendMessage({ method: "initialized" });
    const { result } = await this.message((message) => message.id === "hello");
    return (result as { sessionId: string }).sessionId;
  }

  /** The next frame, or undefined at the end of the connection. */
  async frame(): Promise<ReceivedFrame | undefined> {
    const head = await this.#until((bytes) => frameEnd(bytes));
    if (head === undefined) return undefined;
    const [first = 0] = head;
    return { opcode: first & 0x0f, fin: (first & 0x80) !== 0, payload: head.subarray(frameOffset(head)) };
  }

  /** The next message that fits, others are dropped. @throws {Error} when the connection ends before */
  async message(fits: (message: Record<string, unknown>) => boolean): Promise<Record<string, unknown>> {
    while (true) {
      const frame = await this.frame();
      if (frame === undefined || frame.opcode === OPCODE.close) throw new Error("the connection ended");
      if (frame.opcode !== OPCODE.text) continue;
      const message = JSON.parse(new TextDecoder().decode(frame.payload));
      if (fits(message)) return message;
    }
  }

  /** Reads to the end of the connection and answers the close frame. @returns code and reason of the close frame, if there was one */
  async closeFrame(): Promise<{ code: number; reason: string } | undefined> {
    let close: { code: number; reason: string } | undefined;
    for (let frame = await this.frame(); frame !== undefined; frame = await this.frame()) {
      if (frame.opcode !== OPCODE.close) continue;
      const { payload } = frame;
      const code = payload.length < 2 ? 1005 : new DataView(payload.buffer, payload.byteOffset).getUint16(0);
      close = { code, reason: new TextDecoder().decode(payload.subarray(2)) };
      await this.send(payload, { opcode: OPCODE.close }).catch(() => {});
    }
    return close;
  }

  /** Drops the connection without a close frame. */
  drop(): void {
    if (this.#open) this.#conn.close();
    this.#open = false;
  }

  [Symbol.dispose](): void {
    this.drop();
  }

  /** Reads until `end` finds where something ends, and takes it. */
  async #until(end: (bytes: Uint8Array) => number): Promise<Uint8Array<ArrayBuffer> | undefined> {
    const parts: Uint8Array[] = [];
    while (true) {
      const at = end(this.#received);
      if (at > 0 && at <= this.#received.length) {
        const taken = this.#received.slice(0, at);
        this.#received = this.#received.subarray(at);
        return taken;
      }
      let missing = Math.max(1, at - this.#received.length);
      while (missing > 0) {
        const count = await this.#read();
        if (count === null) return undefined;
        parts.push(this.#buffer.slice(0, count));
        missing -= count;
      }
      this.#received = concatBytes([this.#received, ...parts.splice(0)]);
    }
  }

  async #read(): Promise<number | null> {
    try {
      return await this.#conn.read(this.#buffer);
    } catch (error) {
      if (error instanceof Deno.errors.ConnectionReset) return null;
      throw error;
    }
  }
}

/** Connects to `ws://IP:PORT`, `wss://IP:PORT` or `unix:///PATH` without a word. */
export function connectRaw(url: string, ca?: string): Promise<Deno.Conn> {
  if (url.startsWith("unix:")) return Deno.connect({ transport: "unix", path: new URL(url).pathname });
  const { hostname, port, protocol } = new URL(url);
  const address = { hostname: hostname.replace(/^\[|\]$/g, ""), port: Number(port) };
  return protocol === "wss:"
    ? Deno.connectTls({ ...address, caCerts: ca === undefined ? [] : [ca] })
    : Deno.connect(address);
}

/** Encodes a frame as clients send it, masked with a key that changes every byte. */
export function encodeFrame(payload: string | Uint8Array, options: FrameOptions = {}): Uint8Array<ArrayBuffer> {
  const { opcode = OPCODE.text, fin = true, masked = true } = options;
  const bytes = typeof payload === "string" ? new TextEncoder().encode(payload) : payload;
  const length = options.claims ?? bytes.length;
  const extended = length < 126 ? 0 : length < 65_536 ? 2 : 8;
  const frame = new Uint8Array(2 + extended + (masked ? 4 : 0) + bytes.length);
  const view = new DataView(frame.buffer);
  frame[0] = (fin ? 0x80 : 0) | opcode;
  frame[1] = (masked ? 0x80 : 0) | (extended === 0 ? length : extended === 2 ? 126 : 127);
  if (extended === 2) view.setUint16(2, length);
  if (extended === 8) view.setBigUint64(2, BigInt(length));
  const start = frame.length - bytes.length;
  if (!masked) {
    frame.set(bytes, start);
    return frame;
  }
  const key = [0x12, 0x34, 0x56, 0x78];
  frame.set(key, start - 4);
  for (let i = 0; i < bytes.length; i++) frame[start + i] = (bytes[i] as number) ^ (key[i & 3] as number);
  return frame;
}

function endOfHead(bytes: Uint8Array): number {
  const at = new TextDecoder("latin1").decode(bytes).indexOf("\r\n\r\n");
  return at === -1 ? 0 : at + 4;
}

/** Where the first frame ends, or 0 while its header is not complete. */
function frameEnd(bytes: Uint8Array): number {
  const offset = frameOffset(bytes);
  if (bytes.length < 2 || bytes.length < offset) return 0;
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const short = view.getUint8(1) & 0x7f;
  return offset + (short === 126 ? view.getUint16(2) : short === 127 ? Number(view.getBigUint64(2)) : short);
}

function frameOffset(bytes: Uint8Array): number {
  const short = (bytes[1] ?? 0) & 0x7f;
  return short === 126 ? 4 : short === 127 ? 10 : 2;
}
