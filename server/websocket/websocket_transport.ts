import {
  type BinaryTransport,
  type CloseReason,
  LIMITS,
  MessageQueue,
  type OutgoingMessage,
} from "../../protocol/mod.ts";
import { type ByteStream, closeQuietly } from "../byte_stream.ts";
import { type QueuedMessage, SendQueue } from "../send_queue.ts";
import type { WriteBuffer } from "../write_buffer.ts";
import { encodeBinaryFrames, encodeFrame, encodeTextFrames, Opcode } from "./frame.ts";
import { FrameDecoder, WebSocketError, type WebSocketEvent } from "./frame_decoder.ts";

const READ_BUFFER_BYTES = 64 * 1024;

/** The server's side of a websocket whose handshake is done (RFC 6455). */
export class WebSocketTransport implements BinaryTransport {
  readonly label: string;
  readonly answersAfterEnd = false;
  readonly messages: MessageQueue = new MessageQueue();
  readonly ended: Promise<void> = this.messages.ended;
  readonly #stream: ByteStream;
  readonly #queue: SendQueue<QueuedMessage>;
  readonly #decoder: FrameDecoder;
  readonly #ping: ReturnType<typeof setInterval>;
  readonly #peerClosed = Promise.withResolvers<void>();
  #closing: Promise<void> | undefined;

  /**
   * Starts reading.
   *
   * @param stream a socket behind its handshake
   * @param label for texts
   * @param rest bytes received already
   * @param maxMessageBytes largest message
   */
  constructor(stream: ByteStream, label: string, rest: Uint8Array, maxMessageBytes?: number) {
    this.#decoder = new FrameDecoder(maxMessageBytes);
    this.label = label;
    this.#stream = stream;
    this.#queue = new SendQueue<QueuedMessage>(stream, encodeFrames, () => this.messages.end());
    const ping = encodeFrame(Opcode.Ping, new Uint8Array(0));
    this.#ping = setInterval(() => this.#queue.sendUrgent(ping), LIMITS.pingIntervalMs);
    this.#read(rest);
  }

  get queuedBytes(): number {
    return this.#queue.queuedBytes;
  }

  send(message: OutgoingMessage): void {
    if (this.#closing === undefined) this.#queue.send(message);
  }

  sendBytes(bytes: Uint8Array): void {
    if (this.#closing === undefined) this.#queue.send(bytes);
  }

  drained(): Promise<void> {
    return this.#queue.drained();
  }

  close(reason: CloseReason = { code: 1000, text: "" }): Promise<void> {
    this.#closing ??= this.#close(reason);
    return this.#closing;
  }

  async #close(reason: CloseReason): Promise<void> {
    clearInterval(this.#ping);
    this.messages.end();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const timeout = new Promise<void>((resolve) => timer = setTimeout(resolve, LIMITS.closeTimeoutMs));
    await Promise.race([this.#queue.flushed(), timeout, this.#peerClosed.promise]);
    this.#queue.sendUrgent(encodeFrame(Opcode.Close, closePayload(reason)));
    await Promise.race([Promise.all([this.#queue.flushed(), this.#peerClosed.promise]), timeout]);
    clearTimeout(timer);
    this.#queue.fail();
    closeQuietly(this.#stream);
  }

  async #read(rest: Uint8Array): Promise<void> {
    const buffer = new Uint8Array(READ_BUFFER_BYTES);
    try {
      if (rest.length > 0) await this.#decode(rest);
      while (true) {
        const count = await this.#stream.read(buffer);
        if (count === null) break;
        // a closing side only waits for the other's close frame
        const wait = this.#decode(buffer.subarray(0, count));
        if (wait !== undefined) await wait;
      }
      this.#peerClosed.resolve();
      this.close();
    } catch (error) {
      if (!(error instanceof WebSocketError)) this.#peerClosed.resolve();
      this.close(error instanceof WebSocketError ? { code: error.closeCode, text: error.message } : undefined);
    }
  }

  /** @returns a promise when the consumer is behind */
  #decode(bytes: Uint8Array): Promise<void> | undefined {
    let wait: Promise<void> | undefined;
    this.#decoder.push(bytes, (event) => wait = this.#handle(event) ?? wait);
    return wait;
  }

  #handle(event: WebSocketEvent): Promise<void> | undefined {
    switch (event.kind) {
      case "text":
        return this.messages.push(event.text);
      case "binary":
        return this.messages.push(event.bytes);
      case "ping":
        this.#queue.sendUrgent(encodeFrame(Opcode.Pong, event.bytes));
        return this.queuedBytes > LIMITS.sendHighWaterBytes ? this.drained() : undefined;
      case "pong":
        return undefined;
      case "close":
        this.#peerClosed.resolve();
        this.close({ code: validCloseCode(event.code), text: "" });
        return undefined;
    }
  }
}

function encodeFrames(message: QueuedMessage, buffer: WriteBuffer): Iterable<Uint8Array> {
  return message instanceof Uint8Array ? encodeBinaryFrames(message) : encodeTextFrames(message, buffer);
}

/** The code to echo; codes that must not be sent become 1000 or 1002 (RFC 6455 section 7.4). */
function validCloseCode(code: number | undefined): number {
  if (code === undefined) return 1000;
  const sendable = code >= 1000 && code <= 4999 && ![1004, 1005, 1006, 1015].includes(code);
  return sendable ? code : 1002;
}

function closePayload(reason: CloseReason): Uint8Array {
  const text = new TextEncoder().encode(reason.text).subarray(0, 123);
  const payload = new Uint8Array(2 + text.length);
  new DataView(payload.buffer).setUint16(0, reason.code);
  payload.set(text, 2);
  return payload;
}
