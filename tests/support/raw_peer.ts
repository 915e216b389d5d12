/** A request as it came in, byte for byte where it matters. */
export interface PeerRequest {
  /** Which connection, from 1. */
  readonly conn: number;
  /** Which request on it, from 1. */
  readonly reqNo: number;
  readonly requestLine: string;
  /** Names and values as they were sent, each byte a character (windows-1252). */
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** Without its framing. */
  readonly body: Uint8Array<ArrayBuffer>;
}

/** What a peer does with a connection after a request. */
export interface PeerConnection {
  /** Sends text (one byte a character) or bytes. Never fails: that the other side is gone is seen by `ended`. */
  write(content: string | Uint8Array): Promise<void>;
  /** Closes the connection. With bytes unread the other side sees a reset. */
  close(): void;
  /** Resolves when the other side has closed or reset it. */
  readonly ended: Promise<void>;
}

/** Answers one request; the connection stays open for more unless it is closed. */
export type PeerScript = (request: PeerRequest, connection: PeerConnection) => Promise<void> | void;

/** Options of {@linkcode RawPeer.start}. */
export interface RawPeerOptions {
  /** Speaks TLS. */
  readonly tls?: { readonly cert: string; readonly key: string; readonly alpnProtocols?: string[] };
  /** Takes a connection as it is, instead of reading requests from it. */
  readonly raw?: (conn: Deno.Conn, number: number) => Promise<void>;
}

/** An HTTP server for tests, on a TCP socket of 127.0.0.1, that sends exactly what its script says. */
export class RawPeer implements AsyncDisposable {
  /** Requests in the order they were complete. */
  readonly requests: PeerRequest[] = [];
  readonly port: number;
  readonly #listener: Deno.Listener;
  readonly #conns = new Set<Deno.Conn>();
  readonly #running: Promise<void>;
  #count = 0;

  private constructor(listener: Deno.Listener, script: PeerScript, options: RawPeerOptions) {
    this.#listener = listener;
    this.port = (listener.addr as Deno.NetAddr).port;
    this.#running = this.#accept(script, options);
  }

  /** Listens on a free port. */
  static start(script: PeerScript, options: RawPeerOptions = {}): RawPeer {
    const address = { hostname: "127.0.0.1", port: 0 };
    const listener = options.tls === undefined ? Deno.listen(address) : Deno.listenTls({ ...address, ...options.tls });
    return new RawPeer(listener, script, options);
  }

  /** `http://127.0.0.1:PORT`. */
  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Connections accepted so far. */
  get connections(): number {
    return this.#count;
  }

  /** Connections open now. */
  get open(): number {
    return this.#conns.size;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    for (const conn of this.#conns) quietly(() => conn.close());
    await this.#running;
  }

  async #accept(script: PeerScript, { raw }: RawPeerOptions): Promise<void> {
    const serving = new Set<Promise<void>>();
    try {
      for await (const conn of this.#listener) {
        const number = ++this.#count;
        this.#conns.add(conn);
        const served = (raw === undefined ? this.#serve(conn, number, script) : raw(conn, number))
          .catch(() => {}) // the other side is gone
          .finally(() => {
            quietly(() => conn.close());
            this.#conns.delete(conn);
            serving.delete(served);
          });
        serving.add(served);
      }
    } catch {
      // a failed TLS handshake, or the end
    }
    await Promise.all(serving);
  }

  async #serve(conn: Deno.Conn, number: number, script: PeerScript): Promise<void> {
    const reader = new RequestReader(conn);
    const ended = Promise.withResolvers<void>();
    const connection: PeerConnection = {
      write: async (content) => {
        let rest = typeof content === "string" ? latin1(content) : content;
        try {
          while (rest.length > 0) rest = rest.subarray(await conn.write(rest));
        } catch {
          ended.resolve();
        }
      },
      close: () => quietly(() => conn.close()),
      ended: ended.promise,
    };
    try {
      for (let reqNo = 1;; reqNo++) {
        const request = await reader.next();
        if (request === undefined) break;
        const complete = { conn: number, reqNo, ...request };
        this.requests.push(complete);
        // reading goes on meanwhile, so that the end is seen
        reader.peek().then((more) => more || ended.resolve());
        await script(complete, connection);
      }
    } finally {
      ended.resolve();
    }
  }
}

class RequestReader {
  readonly #conn: Deno.Conn;
  #bytes: Uint8Array<ArrayBuffer> = new Uint8Array(0);
  #more: Promise<boolean> | undefined;

  constructor(conn: Deno.Conn) {
    this.#conn = conn;
  }

  /** Resolves when bytes or the end have come. @returns false at the end */
  peek(): Promise<boolean> {
    return this.#bytes.length > 0 ? Promise.resolve(true) : this.#read();
  }

  async next(): Promise<Omit<PeerRequest, "conn" | "reqNo"> | undefined> {
    let end = indexOf(this.#bytes, "\r\n\r\n");
    while (end === -1) {
      if (!await this.#read()) return undefined;
      end = indexOf(this.#bytes, "\r\n\r\n");
    }
    const [requestLine = "", ...lines] = new TextDecoder("latin1").decode(this.#bytes.subarray(0, end)).split("\r\n");
    this.#bytes = this.#bytes.subarray(end + 4);
    const headers = lines.map((line) => {
      const colon = line.indexOf(": ");
      return [line.slice(0, colon), line.slice(colon + 2)] as const;
    });
    const value = (name: string) => headers.find((header) => header[0].toLowerCase() === name)?.[1];
    if (value("transfer-encoding") !== undefined) return { requestLine, headers, body: await this.#chunks() };
    return { requestLine, headers, body: await this.#take(Number(value("content-length") ?? 0)) };
  }

  async #chunks(): Promise<Uint8Array<ArrayBuffer>> {
    const parts: number[] = [];
    while (true) {
      const size = parseInt(await this.#line(), 16);
      parts.push(...await this.#take(size));
      await this.#line();
      if (size === 0) return new Uint8Array(parts);
    }
  }

  async #line(): Promise<string> {
    while (indexOf(this.#bytes, "\r\n") === -1) if (!await this.#read()) throw new Error("The request is cut off");
    return new TextDecoder().decode(await this.#take(indexOf(this.#bytes, "\r\n") + 2));
  }

  /** As many bytes as there are, at the end of the connection. */
  async #take(count: number): Promise<Uint8Array<ArrayBuffer>> {
    while (this.#bytes.length < count && await this.#read());
    const taken = this.#bytes.slice(0, count);
    this.#bytes = this.#bytes.subarray(count);
    return taken;
  }

  #read(): Promise<boolean> {
    this.#more ??= this.#readMore().finally(() => this.#more = undefined);
    return this.#more;
  }

  async #readMore(): Promise<boolean> {
    const buffer = new Uint8Array(65_536);
    const count = await this.#conn.read(buffer).catch(() => null);
    if (count === null) return false;
    const whole = new Uint8Array(this.#bytes.length + count);
    whole.set(this.#bytes);
    whole.set(buffer.subarray(0, count), this.#bytes.length);
    this.#bytes = whole;
    return true;
  }
}

function latin1(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

function indexOf(bytes: Uint8Array, text: string): number {
  return new TextDecoder("latin1").decode(bytes).indexOf(text);
}

function quietly(action: () => void): void {
  try {
    action();
  } catch {
    // closed already
  }
}
