import { messageBytes, type OutgoingMessage } from "../encode_message.ts";
import { ErrorCode, RpcError } from "../errors.ts";
import { LIMITS } from "../limits.ts";
import { MessageQueue } from "../message_queue.ts";
import type { BinaryTransport, CloseReason, IncomingFrame, Transport } from "../transport.ts";
import { PLAIN_RELAY, type RelayCodec } from "./relay_codec.ts";
import { encodeRelayFrame, type RelayBody } from "./relay_frame.ts";

/** What a message in the queue takes besides its bytes, about: one record can hold thousands of tiny ones. */
const MESSAGE_OVERHEAD_BYTES = 128;

/** What a {@linkcode RelayStream} may be made with. */
export interface RelayStreamOptions {
  /** Is called when it is closed from here, before the reset goes out. */
  readonly left?: ((stream: RelayStream) => void) | undefined;
  /** How messages become frames; default as they are. */
  readonly codec?: RelayCodec | undefined;
}

/**
 * One logical JSON-RPC connection on a rendezvous websocket. Its messages go in `data` frames, as its codec makes them;
 * `seq` counts them and wraps. What was sent waits in the websocket, which all its connections share.
 *
 * Source: environments, sections 6.4 and 6.5.
 */
export class RelayStream implements Transport {
  /** Names the logical connection. */
  readonly streamId: string;
  readonly label: string;
  readonly answersAfterEnd = false;
  readonly #socket: BinaryTransport;
  readonly #queue = new MessageQueue();
  readonly #left: ((stream: RelayStream) => void) | undefined;
  readonly #codec: RelayCodec;
  #waitingBytes = 0;
  #seq = 0;
  #ended = false;

  /** @param socket carries it; @param streamId names it there */
  constructor(socket: BinaryTransport, streamId: string, { left, codec = PLAIN_RELAY }: RelayStreamOptions = {}) {
    this.#socket = socket;
    this.streamId = streamId;
    this.#left = left;
    this.#codec = codec;
    this.label = `websocket relay of ${socket.label.replace(/^websocket /, "")}`;
  }

  /** Incoming messages. */
  get messages(): AsyncIterable<IncomingFrame> {
    return { [Symbol.asyncIterator]: () => this.#take() };
  }

  /** Resolves when no further message will come. */
  get ended(): Promise<void> {
    return this.#queue.ended;
  }

  /** Bytes that arrived and nobody has taken yet. */
  get waitingBytes(): number {
    return this.#waitingBytes + this.#codec.heldBytes;
  }

  get queuedBytes(): number {
    return this.#socket.queuedBytes;
  }

  /** Ends the stream when no further frame may be sent. @throws {RpcError} -32600 for a message too long for the relay */
  send(message: OutgoingMessage): void {
    if (this.#ended) return;
    const bytes = messageBytes(message);
    const { maxMessageBytes } = this.#codec;
    if (bytes.length > maxMessageBytes) {
      const text = `message of ${bytes.length} bytes is too long for the relay: limit is ${maxMessageBytes} bytes`;
      throw new RpcError(ErrorCode.InvalidRequest, text);
    }
    try {
      for (const payload of this.#codec.encode(bytes, this.#seq)) {
        this.sendFrame({ kind: "data", seq: this.#seq, payload });
        this.#seq = (this.#seq + 1) >>> 0;
      }
    } catch (error) {
      this.close({ code: 1013, text: error instanceof Error ? error.message : String(error) });
    }
  }

  /** Sends a frame that is no message. */
  sendFrame(body: RelayBody): void {
    this.#socket.sendBytes(encodeRelayFrame({ streamId: this.streamId, body }));
  }

  drained(): Promise<void> {
    return this.#ended ? Promise.resolve() : Promise.race([this.#socket.drained(), this.ended]);
  }

  /**
   * A frame of the peer arrived.
   *
   * @returns a promise to wait for where nobody else shares the websocket
   * @throws {Error} when the stream cannot go on
   */
  deliver(seq: number, payload: Uint8Array): Promise<void> | undefined {
    if (this.#ended) return undefined;
    let wait: Promise<void> | undefined;
    for (const message of this.#codec.decode(seq, payload)) {
      this.#waitingBytes += message.length + MESSAGE_OVERHEAD_BYTES;
      wait = this.#queue.push(message);
    }
    return wait;
  }

  /** The peer or the websocket is gone. */
  end(): void {
    this.#ended = true;
    this.#queue.end();
  }

  /** Tells the peer, which takes it for the end of the connection. */
  close(reason: CloseReason = { code: 1000, text: "" }): Promise<void> {
    if (this.#ended) return Promise.resolve();
    this.end();
    this.#left?.(this);
    this.sendFrame({ kind: "reset", reason: resetReason(reason) });
    return Promise.resolve();
  }

  async *#take(): AsyncGenerator<IncomingFrame, void, void> {
    for await (const frame of this.#queue) {
      this.#waitingBytes -= (frame as Uint8Array).length + MESSAGE_OVERHEAD_BYTES;
      yield frame;
    }
  }
}

/** A reset must give a reason, and a short one. */
function resetReason({ text }: CloseReason): string {
  const { read } = new TextEncoder().encodeInto(text, new Uint8Array(LIMITS.maxRelayResetReasonBytes));
  return text.slice(0, read) || "closed";
}
