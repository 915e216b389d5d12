import type { HttpResponseHeader } from "../../protocol/mod.ts";
import type { BodyDecoder } from "./body_decoder.ts";
import type { HttpCall } from "./http_call.ts";
import type { HttpSocket } from "./http_socket.ts";
import type { ResponseHead } from "./response_head.ts";

/** A response whose body is still on its connection. */
export class IncomingResponse implements ResponseHead {
  readonly status: number;
  readonly headers: readonly HttpResponseHeader[];
  readonly minorVersion: 0 | 1;
  readonly #socket: HttpSocket;
  readonly #body: BodyDecoder;
  readonly #call: HttpCall;
  readonly #reuse: (() => void) | undefined;
  #ended = false;

  /** @param reuse keeps the connection once the body is complete; undefined when it cannot be used again */
  constructor(
    head: ResponseHead,
    socket: HttpSocket,
    body: BodyDecoder,
    call: HttpCall,
    reuse: (() => void) | undefined,
  ) {
    this.status = head.status;
    this.headers = head.headers;
    this.minorVersion = head.minorVersion;
    this.#socket = socket;
    this.#body = body;
    this.#call = call;
    this.#reuse = reuse;
  }

  /**
   * The next bytes of the body, in memory of their own; undefined at its end.
   *
   * @throws {HttpFailure} or what the socket throws, when the body is broken or the call is aborted
   */
  async read(): Promise<Uint8Array<ArrayBuffer> | undefined> {
    try {
      while (true) {
        if (this.#call.failure !== undefined) throw this.#call.failure;
        if (this.#ended || this.#body.done) break;
        const bytes = await this.#socket.read();
        if (bytes === null) {
          this.#body.end();
          break;
        }
        const data = this.#body.decode(bytes);
        if (data.length > 0) return data;
      }
    } catch (error) {
      this.discard();
      throw this.#call.failure ?? error;
    }
    this.#finish();
    return undefined;
  }

  /** Skips a body that is here already, so that the connection can be used again; otherwise ends the connection. */
  async skip(): Promise<void> {
    if (this.#socket.hasRest && !this.#body.done) {
      const rest = await this.#socket.read();
      if (rest !== null) this.#body.decode(rest);
    }
    this.#finish();
  }

  /** Ends the connection. */
  discard(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#socket.close();
  }

  #finish(): void {
    if (this.#ended) return;
    const clean = this.#body.done && !this.#body.surplus && !this.#socket.hasRest;
    if (!clean || this.#reuse === undefined) return this.discard();
    this.#ended = true;
    this.#call.onAbort(undefined);
    this.#reuse();
  }
}
