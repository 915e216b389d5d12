// @ts-types="npm:@types/ws@^8"
import type WebSocket from "ws";
import {
  type BinaryTransport,
  type CloseReason,
  LIMITS,
  MessageQueue,
  messageText,
  type OutgoingMessage,
  releaseMessage,
  type Transport,
} from "../protocol/mod.ts";
import { ClientError } from "./errors.ts";
import { isRendezvousUrl } from "./relay/rendezvous_url.ts";

/** Room for the answer of `fs/readFile`, which is one message; the engine cannot hold longer strings. */
const MAX_INCOMING_BYTES = 512 * 1024 * 1024;

/** Options of {@linkcode connectWebSocket}. */
export interface WebSocketOptions {
  /** Sent with the HTTP request that opens the websocket, for example `authorization`. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Gives up connecting; has no effect on an open connection. */
  readonly signal?: AbortSignal;
  /** A longer message closes the connection; default 512 MiB. */
  readonly maxMessageBytes?: number;
}

/**
 * Connects to an exec-server over a websocket, or through a rendezvous when the URL's query says `role=harness`.
 *
 * @param url as for {@linkcode dialWebSocket}
 * @throws {ClientError} "connect" when the connection cannot be opened, or the signal's reason
 */
export async function connectWebSocket(url: string, options: WebSocketOptions = {}): Promise<Transport> {
  const socket = await dialWebSocket(url, options);
  if (!isRendezvousUrl(url)) return socket;
  const { harnessTransport } = await import("./relay/harness_transport.ts");
  return harnessTransport(socket);
}

/**
 * Opens a websocket.
 *
 * It uses npm `ws`, because Deno's own client socket has no TCP_NODELAY and takes 40 ms for a pair of messages. No
 * extension is offered: codex 0.130.0 drops clients that offer compression.
 *
 * @param url `ws://`, `wss://`, or a unix socket as `unix:///abs/path.sock` or `ws+unix:/abs/path.sock:/`
 * @throws {ClientError} "connect" when the connection cannot be opened, or the signal's reason
 */
export async function dialWebSocket(url: string, options: WebSocketOptions = {}): Promise<BinaryTransport> {
  const { signal } = options;
  signal?.throwIfAborted();
  const name = displayUrl(url);
  const opened = Promise.withResolvers<void>();
  // loaded with the first connection: a program that only serves does without its 6 MB
  // @ts-types="npm:@types/ws@^8"
  const { default: WebSocketClient } = await import("ws");
  let socket: WebSocket;
  try {
    socket = new WebSocketClient(url.startsWith("unix:") ? `ws+unix:${new URL(url).pathname}:/` : url, {
      headers: { ...options.headers },
      maxPayload: options.maxMessageBytes ?? MAX_INCOMING_BYTES,
      perMessageDeflate: false,
    });
  } catch (cause) {
    throw connectError(name, cause);
  }
  const transport = new WebSocketTransport(socket, `websocket ${name}`);
  const abort = () => {
    opened.reject(signal?.reason);
    socket.terminate();
  };
  socket.once("open", () => opened.resolve());
  socket.on("error", (cause) => opened.reject(connectError(name, cause)));
  signal?.addEventListener("abort", abort, { once: true });
  try {
    await opened.promise;
  } finally {
    signal?.removeEventListener("abort", abort);
  }
  return transport;
}

class WebSocketTransport implements BinaryTransport {
  readonly label: string;
  readonly answersAfterEnd = false;
  readonly messages: MessageQueue = new MessageQueue();
  readonly ended: Promise<void> = this.messages.ended;
  readonly #socket: WebSocket;
  readonly #closed = Promise.withResolvers<void>();
  #drained: PromiseWithResolvers<void> | undefined;

  constructor(socket: WebSocket, label: string) {
    this.label = label;
    this.#socket = socket;
    // listening starts before the connection is open, so no early message is missed
    socket.on("message", (data: Uint8Array & { toString(): string }, isBinary) => {
      this.#receive(isBinary ? data : data.toString());
    });
    socket.once("close", () => {
      this.messages.end();
      this.#drained?.resolve();
      this.#closed.resolve();
    });
  }

  get queuedBytes(): number {
    return this.#socket.bufferedAmount;
  }

  send(message: OutgoingMessage): void {
    if (this.#socket.readyState !== this.#socket.OPEN) return;
    const text = messageText(message);
    releaseMessage(message);
    if (text.length <= LIMITS.fragmentBytes) this.#socket.send(text, this.#sent);
    else this.#sendFragments(new TextEncoder().encode(text), false);
  }

  sendBytes(bytes: Uint8Array): void {
    if (this.#socket.readyState !== this.#socket.OPEN) return;
    if (bytes.length <= LIMITS.fragmentBytes) this.#socket.send(bytes, this.#sent);
    else this.#sendFragments(bytes, true);
  }

  /** Long messages go out in fragments: codex exec-server refuses frames of more than 16 MiB. */
  #sendFragments(bytes: Uint8Array, binary: boolean): void {
    for (let start = 0; start < bytes.length; start += LIMITS.fragmentBytes) {
      const end = start + LIMITS.fragmentBytes;
      this.#socket.send(bytes.subarray(start, end), { binary, fin: end >= bytes.length }, this.#sent);
    }
  }

  drained(): Promise<void> {
    if (this.#isDrained()) return Promise.resolve();
    this.#drained ??= Promise.withResolvers();
    return this.#drained.promise;
  }

  async close(reason: CloseReason = { code: 1000, text: "" }): Promise<void> {
    this.messages.end();
    this.#socket.resume(); // a paused socket would never see the peer's close frame
    this.#socket.close(reason.code, reason.text);
    const timer = setTimeout(() => this.#socket.terminate(), LIMITS.closeTimeoutMs);
    await this.#closed.promise;
    clearTimeout(timer);
  }

  #receive(message: string | Uint8Array): void {
    const room = this.messages.push(message);
    if (room === undefined || this.#socket.isPaused) return;
    this.#socket.pause();
    room.then(() => this.#socket.resume());
  }

  #sent = (): void => {
    if (this.#drained === undefined || !this.#isDrained()) return;
    this.#drained.resolve();
    this.#drained = undefined;
  };

  #isDrained(): boolean {
    return this.#socket.readyState === this.#socket.CLOSED || this.queuedBytes <= LIMITS.sendLowWaterBytes;
  }
}

/** The URL without what may be secret: user, password, query. */
function displayUrl(url: string): string {
  return url.replace(/\/\/[^/@]*@/, "//").replace(/[?#].*$/, "");
}

function connectError(name: string, cause: unknown): ClientError {
  const detail = cause instanceof Error ? cause.message : String(cause);
  return new ClientError("connect", `failed to connect to exec-server websocket \`${name}\`: ${detail}`, { cause });
}
