import { LIMITS, type Transport } from "../protocol/mod.ts";
import { type ByteStream, closeQuietly, writeAll } from "./byte_stream.ts";
import { type HttpHead, HttpHeadError, readHttpHead } from "./http_head.ts";
import { LineTransport } from "./line_transport.ts";
import { encodeAnswer, encodeUpgrade, type HttpAnswer, route } from "./websocket/handshake.ts";
import { WebSocketTransport } from "./websocket/websocket_transport.ts";

/** What a listener knows about the connections it accepts. */
export interface AcceptOptions {
  /** Peer's name in texts, e.g. `127.0.0.1:59266`. */
  readonly name: string;
  /** Whether a client may speak lines of JSON instead of HTTP (unix sockets). */
  readonly lines: boolean;
  /** Whether new connections are taken. */
  readonly ready: boolean;
}

/**
 * Brings an accepted socket to a transport: answers plain HTTP requests, upgrades websockets.
 *
 * @returns undefined when the socket was answered and closed
 */
export async function acceptTransport(stream: ByteStream, options: AcceptOptions): Promise<Transport | undefined> {
  const timer = setTimeout(() => closeQuietly(stream), LIMITS.httpHeadTimeoutMs);
  try {
    const received = options.lines ? await firstBytes(stream) : new Uint8Array(0);
    if (options.lines && !startsHttp(received)) return new LineTransport(stream, options.name, received);
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

async function acceptWebSocket(
  stream: ByteStream,
  options: AcceptOptions,
  received: Uint8Array,
): Promise<Transport | undefined> {
  const head: HttpHead | undefined = await readHttpHead(stream, received);
  if (head === undefined) {
    closeQuietly(stream);
    return undefined;
  }
  const decision = route(head, options.ready);
  if (decision.kind === "answer") {
    await answer(stream, decision.answer, head.method !== "HEAD");
    closeQuietly(stream);
    return undefined;
  }
  await writeAll(stream, await encodeUpgrade(decision.key));
  return new WebSocketTransport(stream, `websocket ${options.name}`, head.rest);
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
