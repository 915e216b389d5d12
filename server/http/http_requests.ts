import {
  Base64Body,
  type HttpClient,
  type HttpRequest,
  invalidParams,
  invalidRequest,
  LIMITS,
  RpcError,
  TEXTS,
} from "../../protocol/mod.ts";
import type { NotificationTarget } from "../session.ts";
import { giveBackReadMemory, isReadMemory } from "./read_memory.ts";

const SMALL_BODY_BYTES = 64 * 1024;
const NO_BODY = Base64Body.of(new Uint8Array(0));

/** The answer to `http/request`, with the body still unencoded. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: { readonly name: string; readonly value: string }[];
  readonly bodyBase64: Base64Body;
}

/**
 * The HTTP requests of one connection: names them, so that they can be cancelled, and sends streamed bodies as deltas,
 * as fast as the client takes them.
 *
 * Source: HTTP and MCP, sections 1.3, 1.7 and 1.10.
 */
export class HttpRequests {
  readonly #client: HttpClient;
  readonly #target: NotificationTarget;
  readonly #unexpected: (error: unknown) => void;
  readonly #maxStreams: number;
  readonly #streams = new Map<string, AbortController>();
  readonly #buffered = new Map<string, Set<AbortController>>();

  /**
   * Sends nothing yet.
   *
   * @param client sends them
   * @param target gets the deltas
   * @param unexpected is told of errors that should not happen
   * @param maxStreams streamed responses that may be open
   */
  constructor(
    client: HttpClient,
    target: NotificationTarget,
    unexpected: (error: unknown) => void,
    maxStreams: number = LIMITS.maxHttpStreams,
  ) {
    this.#maxStreams = maxStreams;
    this.#client = client;
    this.#target = target;
    this.#unexpected = unexpected;
  }

  /** Sends a request and answers with its whole body; an id may be used by several of these. */
  async buffered(requestId: string, request: () => HttpRequest): Promise<HttpAnswer> {
    const controller = new AbortController();
    const same = this.#buffered.getOrInsertComputed(requestId, () => new Set());
    same.add(controller);
    try {
      const { signal } = controller;
      const { status, headers, body } = await this.#client.request(request(), { signal });
      return { status, headers: headers as HttpAnswer["headers"], bodyBase64: base64Body(body) };
    } finally {
      same.delete(controller);
      if (same.size === 0 && this.#buffered.get(requestId) === same) this.#buffered.delete(requestId);
    }
  }

  /** Sends a request and answers with its headers; the body follows the answer. */
  async streamed(requestId: string, request: () => HttpRequest): Promise<HttpAnswer> {
    if (this.#streams.has(requestId)) throw invalidParams(TEXTS.httpStreamActive(requestId));
    if (this.#streams.size >= this.#maxStreams) {
      throw invalidRequest(`at most ${this.#maxStreams} streamed responses may be open per connection`);
    }
    const controller = new AbortController();
    this.#streams.set(requestId, controller);
    try {
      const { signal } = controller;
      const { status, headers, body } = await this.#client.requestStream(request(), { signal });
      // the answer is sent when this has returned, and goes first
      setTimeout(() => this.#sendBody(requestId, body).catch(this.#unexpected));
      return { status, headers: headers as HttpAnswer["headers"], bodyBase64: NO_BODY };
    } catch (error) {
      this.#streams.delete(requestId);
      throw error;
    }
  }

  /** Ends every request with this id. @returns whether there was one */
  cancel(requestId: string): boolean {
    const stream = this.#streams.get(requestId);
    const found = [...this.#buffered.get(requestId) ?? [], ...stream === undefined ? [] : [stream]];
    for (const controller of found) controller.abort();
    return found.length > 0;
  }

  async #sendBody(requestId: string, body: ReadableStream<Uint8Array>): Promise<void> {
    const reader = body.getReader();
    let seq = 0;
    const send = (bytes: Uint8Array, done: boolean, error: string | null) => {
      this.#target.notify("http/request/bodyDelta", {
        requestId,
        seq: ++seq,
        deltaBase64: base64Body(bytes),
        done,
        error,
      });
    };
    let failure: string | null = null;
    try {
      while (true) {
        while (this.#target.congested) await this.#target.drained();
        const { value, done } = await reader.read();
        if (done) break;
        send(value, false, null);
      }
    } catch (error) {
      if (!(error instanceof RpcError)) throw error;
      failure = error.message;
    } finally {
      this.#streams.delete(requestId);
    }
    send(new Uint8Array(0), true, failure);
  }
}

/** Giving the memory of small pieces back at once costs more than it saves. */
function base64Body(bytes: Uint8Array): Base64Body {
  if (isReadMemory(bytes)) return Base64Body.lent(bytes, giveBackReadMemory);
  return bytes.length <= SMALL_BODY_BYTES ? Base64Body.of(bytes) : Base64Body.owned(bytes);
}
