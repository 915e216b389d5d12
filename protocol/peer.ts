import { encodeError, encodeNotification, encodeRequest, encodeResult } from "./encode_message.ts";
import { ErrorCode, ProtocolViolation, RpcError } from "./errors.ts";
import { type IncomingMessage, parseMessage, type RequestId, type TraceContext } from "./json_rpc.ts";
import { LIMITS } from "./limits.ts";
import type { CloseReason, IncomingFrame, Transport } from "./transport.ts";

/** What a peer does with what it receives. */
export interface PeerHandler {
  /**
   * Answers a request with a result or throws: an RpcError is answered as it is, a ProtocolViolation ends the
   * connection, anything else is answered as -32603 and reported to {@linkcode PeerHandler.unexpected}.
   */
  request(method: string, params: unknown, trace: TraceContext | undefined): unknown;
  /**
   * Takes a notification; a thrown ProtocolViolation ends the connection. With a promise nothing further is read until it
   * resolves; it must not reject.
   */
  notification(method: string, params: unknown): void | Promise<void>;
  /** Whether the messages behind this request wait for its answer. */
  isBarrier(method: string): boolean;
  /** Parses a message, instead of `parseMessage`. @throws {SyntaxError} as that does */
  parse?(text: string): IncomingMessage;
  /** Whether an answer to nothing this side asked ends the connection, and every rule of JSON is checked. */
  readonly strict: boolean;
  /** No further message comes; open requests are answered until this resolves. */
  messagesEnded?(): Promise<void>;
  /** Takes a message that is none; absent, it is answered with an error. A thrown ProtocolViolation ends the connection. */
  malformed?(detail: string): void;
  /** The connection has ended and every open call has failed. */
  ended?(): void;
  /** Is told of errors that should not happen. */
  unexpected(error: unknown): void;
}

/** The transport ended before a call was answered. */
export class TransportClosedError extends Error {
  /** Names the transport. @param label the transport's label */
  constructor(label: string) {
    super(`exec-server transport closed: ${label}`);
    this.name = "TransportClosedError";
  }
}

/**
 * One side of a JSON-RPC connection; client and server use the same.
 *
 * Requests run concurrently and are answered as they finish. At most `maxInFlight` run at once
 * and none is started while the peer does not take its answers; further messages stay unread in the transport.
 *
 * Source: exec-server protocol, sections 5 and 10.
 */
export class Peer {
  readonly #transport: Transport;
  readonly #handler: PeerHandler;
  readonly #maxInFlight: number;
  readonly #calls = new Map<RequestId, PromiseWithResolvers<unknown>>();
  #nextId = 1;
  #inFlight = 0;
  #slot: PromiseWithResolvers<void> | undefined;
  #idle: PromiseWithResolvers<void> | undefined;
  #ended = false;

  /**
   * Nothing is read before {@linkcode run}.
   *
   * @param transport what carries the messages
   * @param handler what answers them
   * @param maxInFlight requests that are answered at once
   */
  constructor(transport: Transport, handler: PeerHandler, maxInFlight: number = LIMITS.maxInFlightRequests) {
    this.#maxInFlight = maxInFlight;
    this.#transport = transport;
    this.#handler = handler;
  }

  /** Requests being answered right now. */
  get inFlight(): number {
    return this.#inFlight;
  }

  /** Reads messages until the transport ends; then every open call fails. Never rejects. */
  async run(): Promise<void> {
    try {
      for await (const frame of this.#transport.messages) {
        if (this.#ended) break;
        const wait = this.#receive(frame);
        if (wait !== undefined) await wait;
      }
      await this.#handler.messagesEnded?.();
    } catch (error) {
      this.#handler.unexpected(error);
    } finally {
      this.#end();
      await this.#transport.close();
    }
  }

  /** Sends a request and waits for its answer. @throws {RpcError} the peer's error; {TransportClosedError} */
  call(method: string, params: unknown): Promise<unknown> {
    if (this.#ended) return Promise.reject(new TransportClosedError(this.#transport.label));
    const id = this.#nextId++;
    const answer = Promise.withResolvers<unknown>();
    this.#calls.set(id, answer);
    try {
      this.#transport.send(encodeRequest(id, method, params));
    } catch (error) {
      this.#calls.delete(id);
      answer.reject(error); // it is too long for the transport
    }
    return answer.promise;
  }

  /** Sends a notification. */
  notify(method: string, params: unknown): void {
    if (!this.#ended) this.#transport.send(encodeNotification(method, params));
  }

  /** Resolves when no request is being answered. */
  async idle(): Promise<void> {
    while (this.#inFlight > 0) {
      this.#idle ??= Promise.withResolvers();
      await this.#idle.promise;
    }
  }

  /** Ends the connection. */
  close(reason?: CloseReason): Promise<void> {
    this.#end();
    return this.#transport.close(reason);
  }

  #receive(frame: IncomingFrame): Promise<void> | undefined {
    let message: IncomingMessage;
    try {
      if (frame instanceof Error) throw frame;
      const text = typeof frame === "string" ? frame : decodeUtf8(frame);
      message = this.#handler.parse?.(text) ?? parseMessage(text, { lenient: !this.#handler.strict });
    } catch (error) {
      const kind = this.#transport.label.startsWith("websocket") ? "websocket JSON-RPC" : "JSON-RPC";
      const detail = error instanceof Error ? error.message : String(error);
      if (this.#handler.malformed !== undefined) return this.#malformed(detail);
      const text = `failed to parse ${kind} message from exec-server ${this.#transport.label}: ${detail}`;
      this.#transport.send(encodeError(-1, ErrorCode.InvalidRequest, text));
      return this.#transport.queuedBytes > LIMITS.sendHighWaterBytes ? this.#transport.drained() : undefined;
    }
    if (message.kind === "request") return this.#request(message.id, message.method, message.params, message.trace);
    if (message.kind === "notification") return this.#notification(message.method, message.params);
    this.#answer(message);
    return undefined;
  }

  #malformed(detail: string): undefined {
    try {
      this.#handler.malformed?.(detail);
    } catch (error) {
      if (error instanceof ProtocolViolation) this.#violated(error);
      else this.#handler.unexpected(error);
    }
  }

  /** @returns a promise when the next message has to wait */
  #request(id: RequestId, method: string, params: unknown, trace?: TraceContext): Promise<void> | undefined {
    if (this.#ended) return undefined;
    if (this.#inFlight >= this.#maxInFlight || this.#transport.queuedBytes > LIMITS.sendHighWaterBytes) {
      return this.#roomFor().then(() => this.#request(id, method, params, trace));
    }
    let result: unknown;
    try {
      result = this.#handler.request(method, params, trace);
      if (!(result instanceof Promise)) this.#transport.send(encodeResult(id, result));
    } catch (error) {
      this.#fail(id, error);
      return undefined;
    }
    if (!(result instanceof Promise)) return undefined;
    this.#inFlight++;
    const done = this.#settle(id, result);
    return this.#handler.isBarrier(method) ? done : undefined;
  }

  async #settle(id: RequestId, result: Promise<unknown>): Promise<void> {
    try {
      const value = await result;
      if (this.#ended) return;
      this.#transport.send(encodeResult(id, value));
      if (this.#transport.queuedBytes > LIMITS.sendHighWaterBytes) await this.#transport.drained();
    } catch (error) {
      this.#fail(id, error);
    } finally {
      this.#inFlight--;
      this.#slot?.resolve();
      this.#slot = undefined;
      if (this.#inFlight === 0) {
        this.#idle?.resolve();
        this.#idle = undefined;
      }
    }
  }

  async #roomFor(): Promise<void> {
    while (!this.#ended) {
      if (this.#inFlight >= this.#maxInFlight) {
        this.#slot ??= Promise.withResolvers();
        await this.#slot.promise;
      } else if (this.#transport.queuedBytes > LIMITS.sendHighWaterBytes) {
        await this.#transport.drained();
      } else {
        return;
      }
    }
  }

  #fail(id: RequestId, error: unknown): void {
    if (this.#ended) return;
    if (error instanceof ProtocolViolation) {
      this.#violated(error);
    } else if (error instanceof RpcError) {
      this.#transport.send(encodeError(id, error.code, error.message));
    } else {
      this.#handler.unexpected(error);
      const text = error instanceof Error ? error.message : String(error);
      this.#transport.send(encodeError(id, ErrorCode.Internal, `internal error: ${text}`));
    }
  }

  #notification(method: string, params: unknown): Promise<void> | undefined {
    try {
      return this.#handler.notification(method, params) ?? undefined;
    } catch (error) {
      if (error instanceof ProtocolViolation) this.#violated(error);
      else this.#handler.unexpected(error);
      return undefined;
    }
  }

  #answer(message: Extract<IncomingMessage, { kind: "response" | "error" }>): void {
    const call = this.#calls.get(message.id);
    if (call === undefined) {
      if (this.#handler.strict) this.#violated(new ProtocolViolation("answer to no request"));
      return;
    }
    this.#calls.delete(message.id);
    if (message.kind === "response") call.resolve(message.result);
    else call.reject(new RpcError(message.code, message.message));
  }

  #violated(violation: ProtocolViolation): void {
    const { read } = new TextEncoder().encodeInto(violation.message, new Uint8Array(120));
    this.close({ code: 1002, text: violation.message.slice(0, read) });
  }

  #end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#slot?.resolve();
    const error = new TransportClosedError(this.#transport.label);
    for (const call of this.#calls.values()) call.reject(error);
    this.#calls.clear();
    this.#handler.ended?.();
  }
}

function decodeUtf8(bytes: Uint8Array): string {
  return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
}
