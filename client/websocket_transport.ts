// @ts-types="npm:@types/ws@^8"
import type WebSocket from "ws";
import { STATUS_CODES } from "node:http";
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
import { formatDuration } from "./format_duration.ts";

/** Room for the answer of `fs/readFile`, which is one message; the engine cannot hold longer strings. */
const MAX_INCOMING_BYTES = 512 * 1024 * 1024;

/** A connection that ended without a close frame (RFC 6455, section 7.4.1). */
const ABNORMAL = 1006;

/** Options of {@linkcode connectWebSocket}. */
export interface WebSocketOptions {
  /** Sent with the HTTP request that opens the websocket, for example `authorization`. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Gives up connecting; has no effect on an open connection. */
  readonly signal?: AbortSignal | undefined;
  /** A longer message closes the connection; default 512 MiB. */
  readonly maxMessageBytes?: number | undefined;
  /** Bound of opening the connection, ms; default 10 s. */
  readonly connectTimeoutMs?: number | undefined;
  /** A server that was silent this long is pinged, and given up when it stays silent as long again, ms; default 15 s. */
  readonly pingIntervalMs?: number | undefined;
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
 * @throws {ClientError} "connect" when the connection cannot be opened, "connectTimeout" when that takes too long, or
 * the signal's reason
 */
export async function dialWebSocket(url: string, options: WebSocketOptions = {}): Promise<BinaryTransport> {
  const { signal, connectTimeoutMs = LIMITS.connectTimeoutMs } = options;
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
  const transport = new WebSocketTransport(
    socket,
    `websocket ${name}`,
    options.pingIntervalMs ?? LIMITS.clientPingIntervalMs,
  );
  const giveUp = (reason: unknown) => {
    opened.reject(reason);
    socket.terminate();
  };
  const abort = () => giveUp(signal?.reason);
  const timer = setTimeout(() => {
    const text = `timed out connecting to exec-server websocket \`${name}\` after ${formatDuration(connectTimeoutMs)}`;
    giveUp(new ClientError("connectTimeout", text));
  }, connectTimeoutMs);
  socket.once("open", () => opened.resolve());
  socket.on("error", (cause) => opened.reject(connectError(name, cause)));
  signal?.addEventListener("abort", abort, { once: true });
  try {
    await opened.promise;
  } finally {
    clearTimeout(timer);
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
  #failure: string | undefined;
  #pings: ReturnType<typeof setInterval> | undefined;
  #bytesHeard: (() => number) | undefined;
  #lastHeard = -1;
  #pinged = false;

  constructor(socket: WebSocket, label: string, pingIntervalMs: number) {
    this.label = label;
    this.#socket = socket;
    // listening starts before the connection is open, so no early message is missed
    socket.on("message", (data: Uint8Array & { toString(): string }, isBinary) => {
      this.#receive(isBinary ? data : data.toString());
    });
    socket.once("upgrade", ({ socket: raw }) => this.#bytesHeard = () => raw.bytesRead);
    socket.once("open", () => this.#pings = setInterval(() => this.#watch(pingIntervalMs), pingIntervalMs));
    socket.on("error", (error) => this.#failure ??= ioError(error));
    socket.once("close", (code: number) => {
      clearInterval(this.#pings);
      if (code === ABNORMAL) this.#failure ??= "WebSocket protocol error: Connection reset without closing handshake";
      this.messages.end();
      this.#drained?.resolve();
      this.#closed.resolve();
    });
  }

  get queuedBytes(): number {
    return this.#socket.bufferedAmount;
  }

  get failure(): string | undefined {
    return this.#failure;
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
    clearInterval(this.#pings);
    this.messages.end();
    this.#socket.resume(); // a paused socket would never see the peer's close frame
    this.#socket.close(reason.code, reason.text);
    const timer = setTimeout(() => this.#socket.terminate(), LIMITS.closeTimeoutMs);
    await this.#closed.promise;
    clearTimeout(timer);
  }

  /** Every byte is a sign of life; while nobody takes messages there cannot be any. */
  #watch(intervalMs: number): void {
    const heard = this.#bytesHeard?.() ?? 0;
    if (heard !== this.#lastHeard || this.#socket.isPaused) {
      this.#lastHeard = heard;
      this.#pinged = false;
    } else if (!this.#pinged) {
      this.#pinged = true;
      this.#socket.ping();
    } else {
      this.#failure ??= `no sign of life within ${formatDuration(intervalMs)} of a ping`;
      this.#socket.terminate();
    }
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
  const text = `failed to connect to exec-server websocket \`${name}\`: ${ioError(cause)}`;
  return new ClientError("connect", text, { cause });
}

const OS_ERRORS: Readonly<Record<string, string>> = {
  ECONNREFUSED: "Connection refused (os error 111)",
  ECONNRESET: "Connection reset by peer (os error 104)",
  ENOENT: "No such file or directory (os error 2)",
  EACCES: "Permission denied (os error 13)",
  EPIPE: "Broken pipe (os error 32)",
  ETIMEDOUT: "Connection timed out (os error 110)",
};

/** A failure of the socket in the words of the original. */
function ioError(cause: unknown): string {
  if (cause instanceof SyntaxError) return "URL error: URL scheme not supported";
  const { message, code } = cause as { message?: string; code?: string };
  const status = /^Unexpected server response: (\d+)$/.exec(message ?? "")?.[1];
  if (status !== undefined) return `HTTP error: ${status} ${STATUS_CODES[status] ?? ""}`.trimEnd();
  const known = code === undefined ? undefined : OS_ERRORS[code];
  return known === undefined ? message ?? String(cause) : `IO error: ${known}`;
}
