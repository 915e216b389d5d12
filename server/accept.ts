import { encodeError, ErrorCode, LIMITS, type Transport } from "../protocol/mod.ts";
import type { AuthGate } from "./auth/auth_gate.ts";
import type { Principal } from "./auth/authenticator.ts";
import { type ByteStream, closeQuietly, writeAll } from "./byte_stream.ts";
import { type HttpHead, HttpHeadError, readHttpHead } from "./http_head.ts";
import { LineTransport } from "./line_transport.ts";
import { encodeAnswer, encodeUpgrade, type HttpAnswer, route } from "./websocket/handshake.ts";
import { WebSocketTransport } from "./websocket/websocket_transport.ts";

/** What a listener knows about the connections it accepts. */
export interface AcceptOptions {
  /** Peer's name in texts, e.g. `127.0.0.1:59266`. */
  readonly name: string;
  /** Peer's IP address; empty for a unix socket. */
  readonly address: string;
  /** Whether a client may speak lines of JSON instead of HTTP (unix sockets). */
  readonly lines: boolean;
  /** Whether new connections are taken. */
  readonly ready: boolean;
  /** Whether `Host` has to name this machine. */
  readonly checkHost: boolean;
  /** Longest message. */
  readonly maxMessageBytes: number;
  /** Takes a place for a connection. @returns the text it is refused with, if there is none */
  readonly claim: () => string | undefined;
  /** Who may open a websocket; everybody without it. */
  readonly gate: AuthGate | undefined;
}

/** A client that was let in. */
export interface AcceptedClient {
  readonly transport: Transport;
  /** Who it is, where clients have to say so. */
  readonly principal: Principal | undefined;
}

/**
 * Brings an accepted socket to a transport: answers plain HTTP requests, authenticates and upgrades websockets.
 *
 * Source: exec-server protocol, section 4.3 for the order of checks.
 *
 * @returns undefined when the socket was answered and closed
 */
export async function acceptTransport(stream: ByteStream, options: AcceptOptions): Promise<AcceptedClient | undefined> {
  const timer = setTimeout(() => closeQuietly(stream), LIMITS.httpHeadTimeoutMs);
  try {
    const received = options.lines ? await firstBytes(stream) : new Uint8Array(0);
    if (options.lines && !startsHttp(received)) {
      return await acceptLines(stream, options, received);
    }
    return await acceptWebSocket(stream, options, received);
  } catch (error) {
    if (error instanceof HttpHeadError) {
      await answer(stream, { status: error.status, body: error.message }, true);
    }
    closeQuietly(stream);
    return undefined;
  } finally {
    clearTimeout(timer);
  }
}

async function acceptLines(
  stream: ByteStream,
  options: AcceptOptions,
  received: Uint8Array,
): Promise<AcceptedClient | undefined> {
  const refusal = options.claim();
  const transport = new LineTransport(stream, options.name, received, options.maxMessageBytes);
  if (refusal === undefined) return { transport, principal: undefined };
  transport.send(encodeError(-1, ErrorCode.InvalidRequest, refusal));
  await transport.close();
  return undefined;
}

async function acceptWebSocket(
  stream: ByteStream,
  options: AcceptOptions,
  received: Uint8Array,
): Promise<AcceptedClient | undefined> {
  const head: HttpHead | undefined = await readHttpHead(stream, received);
  if (head === undefined) {
    closeQuietly(stream);
    return undefined;
  }
  const refuse = async (content: HttpAnswer) => {
    await answer(stream, content, head.method !== "HEAD");
    closeQuietly(stream);
    return undefined;
  };
  const decision = route(head, options);
  if (decision.kind === "answer") return refuse(decision.answer);
  const admitted = await options.gate?.admit(head.headers.get("authorization"), options.address);
  if (admitted !== undefined && "answer" in admitted) return refuse(admitted.answer);
  const refusal = options.claim();
  if (refusal !== undefined) return refuse({ status: 503, body: refusal });
  await writeAll(stream, await encodeUpgrade(decision.key));
  return {
    transport: new WebSocketTransport(stream, `websocket ${options.name}`, head.rest, options.maxMessageBytes),
    principal: admitted?.principal,
  };
}

async function answer(stream: ByteStream, content: HttpAnswer, withBody: boolean): Promise<void> {
  try {
    await writeAll(stream, encodeAnswer(content, withBody));
  } catch {
    // the client did not wait for it
  }
}

async function firstBytes(stream: ByteStream): Promise<Uint8Array> {
  const buffer = new Uint8Array(LIMITS.maxHttpHeadBytes);
  const count = await stream.read(buffer);
  return buffer.slice(0, count ?? 0);
}

/** HTTP methods are upper case letters; a JSON message starts with a brace or white space. */
function startsHttp(bytes: Uint8Array): boolean {
  const first = bytes[0];
  return first !== undefined && first >= 0x41 && first <= 0x5a;
}
