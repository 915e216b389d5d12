import { BareWebSocket } from "./bare_websocket.ts";

// deno-lint-ignore no-explicit-any -- measured code checks nothing
type Any = any;

const LARGE_BYTES = 1024;
const DELTA = '"deltaBase64":"';
const QUOTE = 0x22, EQUALS = 0x3d;
const LATIN1 = new TextDecoder("latin1");
const UTF8 = new TextDecoder();

/** A client that does as little as possible, so that the server is measured and not our client library. */
export class Rpc implements Disposable {
  readonly #calls = new Map<number, PromiseWithResolvers<Any>>();
  readonly #processes = new Map<string, { bytes: number; closed: PromiseWithResolvers<number> }>();
  readonly #bodies = new Map<string, { bytes: number; ended: PromiseWithResolvers<number> }>();
  #socket!: BareWebSocket;
  #nextId = 1;

  private constructor() {}

  /** Connects and does the handshake. */
  static async open(url: string, headers: Readonly<Record<string, string>> = {}): Promise<Rpc> {
    const rpc = new Rpc();
    const receive = (data: Uint8Array) => void (rpc.#countDelta(data) || rpc.#receive(JSON.parse(UTF8.decode(data))));
    rpc.#socket = await BareWebSocket.open(url, headers, receive);
    await rpc.call("initialize", { clientName: "bench", resumeSessionId: null });
    rpc.#socket.send('{"method":"initialized","params":{}}');
    return rpc;
  }

  /** Sends a request. @throws {Error} with the server's code and message */
  call(method: string, params: unknown): Promise<Any> {
    const answer = Promise.withResolvers<Any>();
    const id = this.#nextId++;
    this.#calls.set(id, answer);
    this.#socket.send(JSON.stringify({ id, method, params }));
    return answer.promise;
  }

  /** Runs a program until it is closed. @returns how many bytes it wrote */
  async run(argv: string[], cwd: string, sandbox: unknown = null): Promise<number> {
    const processId = crypto.randomUUID();
    const closed = Promise.withResolvers<number>();
    this.#processes.set(processId, { bytes: 0, closed });
    await this.call("process/start", { processId, argv, cwd, env: { PATH: "/usr/bin:/bin" }, tty: false, sandbox });
    return await closed.promise;
  }

  /** Sends an HTTP request and waits for the end of its streamed body. @returns the bytes of the body */
  async stream(url: string): Promise<number> {
    const requestId = crypto.randomUUID();
    const ended = Promise.withResolvers<number>();
    this.#bodies.set(requestId, { bytes: 0, ended });
    await this.call("http/request", { method: "GET", url, requestId, streamResponse: true });
    return await ended.promise;
  }

  /** Drops the connection. */
  [Symbol.dispose](): void {
    this.#socket[Symbol.dispose]();
  }

  /** Counts a large piece of a body where it lies: parsing it costs more than the server's work for it. */
  #countDelta(data: Uint8Array): boolean {
    if (data.length < LARGE_BYTES) return false;
    const start = LATIN1.decode(data.subarray(0, LARGE_BYTES)).indexOf(DELTA) + DELTA.length;
    const end = start < DELTA.length ? -1 : Uint8Array.prototype.indexOf.call(data, QUOTE, start);
    if (end === -1) return false;
    const { params } = JSON.parse(LATIN1.decode(data.subarray(0, start)) + LATIN1.decode(data.subarray(end)));
    const body = this.#bodies.get(params.requestId);
    if (body === undefined) return false;
    body.bytes += (end - start) / 4 * 3 - (data[end - 2] === EQUALS ? 2 : data[end - 1] === EQUALS ? 1 : 0);
    if (params.done) body.ended.resolve(body.bytes);
    return true;
  }

  #receive({ id, method, params, result, error }: Any): void {
    if (method === undefined) {
      const call = this.#calls.get(id);
      this.#calls.delete(id);
      if (error === undefined) call?.resolve(result);
      else call?.reject(Object.assign(new Error(`${error.code} ${error.message}`), { code: error.code }));
      return;
    }
    const body = this.#bodies.get(params.requestId);
    if (body !== undefined) {
      body.bytes += bytesOf(params.deltaBase64);
      if (params.done) body.ended.resolve(body.bytes);
      return;
    }
    const process = this.#processes.get(params.processId);
    if (process === undefined) return;
    if (method === "process/output") process.bytes += bytesOf(params.chunk);
    else if (method === "process/closed") process.closed.resolve(process.bytes);
  }
}

function bytesOf(base64: string): number {
  return base64.length / 4 * 3 - (base64.endsWith("==") ? 2 : base64.endsWith("=") ? 1 : 0);
}
