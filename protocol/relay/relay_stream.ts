import { messageBytes, type OutgoingMessage } from "../encode_message.ts";
import { LIMITS } from "../limits.ts";
import { MessageQueue } from "../message_queue.ts";
import type { BinaryTransport, CloseReason, IncomingFrame, Transport } from "../transport.ts";
import { encodeRelayFrame, type RelayBody } from "./relay_frame.ts";

/**
 * One logical JSON-RPC connection on a rendezvous websocket. Each message is one `data` frame; `seq` counts them and
 * wraps. What was sent waits in the websocket, which all its connections share.
 *
 * Source: environments, section 6.4.
 */
export class RelayStream implements Transport {
  /** Names the logical connection. */
  readonly streamId: string;
  readonly label: string;
  readonly answersAfterEnd = false;
  readonly #socket: BinaryTransport;
  readonly #queue = new MessageQueue();
  readonly #left: (stream: RelayStream) => void;
  #waitingBytes = 0;
  #seq = 0;
  #ended = false;

  /** @param left is called when it is closed from here, before the reset goes out */
  constructor(socket: BinaryTransport, streamId: string, left: (stream: RelayStream) => void) {
    this.#socket = socket;
    this.streamId = streamId;
    this.#left = left;
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

  /** Bytes of messages nobody has taken yet. */
  get waitingBytes(): number {
    return this.#waitingBytes;
  }

  get queuedBytes(): number {
    return this.#socket.queuedBytes;
  }

  send(message: OutgoingMessage): void {
    if (this.#ended) return;
    const seq = this.#seq;
    this.#seq = (seq + 1) >>> 0;
    this.sendFrame({ kind: "data", seq, payload: messageBytes(message) });
  }

  /** Sends a frame that is no message. */
  sendFrame(body: RelayBody): void {
    this.#socket.sendBytes(encodeRelayFrame({ streamId: this.streamId, body }));
  }

  drained(): Promise<void> {
    return this.#ended ? Promise.resolve() : Promise.race([this.#socket.drained(), this.ended]);
  }

  /** A message of the peer arrived. @returns a promise to wait for where nobody else shares the websocket */
  deliver(payload: Uint8Array): Promise<void> | undefined {
    if (this.#ended) return undefined;
    this.#waitingBytes += payload.length;
    return this.#queue.push(payload);
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
    this.#left(this);
    this.sendFrame({ kind: "reset", reason: resetReason(reason) });
    return Promise.resolve();
  }

  async *#take(): AsyncGenerator<IncomingFrame, void, void> {
    for await (const frame of this.#queue) {
      this.#waitingBytes -= (frame as Uint8Array).length;
      yield frame;
    }
  }
}

/** A reset must give a reason, and a short one. */
function resetReason({ text }: CloseReason): string {
  const { read } = new TextEncoder().encodeInto(text, new Uint8Array(LIMITS.maxRelayResetReasonBytes));
  return text.slice(0, read) || "closed";
}
