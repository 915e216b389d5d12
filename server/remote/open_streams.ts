import { type BinaryTransport, LIMITS, type Transport } from "../../protocol/mod.ts";
import { encodeRelayFrame, type RelayBody } from "../../protocol/relay/relay_frame.ts";
import { RelayStream, type RelayStreamOptions } from "../../protocol/relay/relay_stream.ts";
import { errorStack } from "../error_stack.ts";
import type { Logger } from "../log.ts";

/** What the executor's half of a relay needs. */
export interface RelayOptions {
  /** Serves one logical connection until it ends. */
  readonly serve: (transport: Transport) => Promise<void>;
  /** Is told of bad frames. */
  readonly log: Logger;
}

/**
 * The logical connections of one rendezvous websocket. They share it, so none may stop it: one that leaves too much
 * unread is reset.
 */
export class OpenStreams {
  readonly #socket: BinaryTransport;
  readonly #options: RelayOptions;
  readonly #streams = new Map<string, RelayStream>();
  readonly #serving = new Set<Promise<void>>();

  /** None yet. @param socket carries them */
  constructor(socket: BinaryTransport, options: RelayOptions) {
    this.#socket = socket;
    this.#options = options;
  }

  /** How many there are. */
  get size(): number {
    return this.#streams.size;
  }

  /** One of them. */
  get(streamId: string): RelayStream | undefined {
    return this.#streams.get(streamId);
  }

  /** Opens one and serves it. @param first is sent before anything else */
  open(streamId: string, codec?: RelayStreamOptions["codec"], first?: RelayBody): RelayStream {
    const left = () => void this.#streams.delete(streamId);
    const stream = new RelayStream(this.#socket, streamId, { left, codec });
    this.#streams.set(streamId, stream);
    if (first !== undefined) stream.sendFrame(first);
    const served = this.#options.serve(stream)
      .catch((error) => this.#options.log.error("relay stream failed", { error: errorStack(error) }))
      .finally(() => this.#serving.delete(served));
    this.#serving.add(served);
    return stream;
  }

  /** Hands a frame to its stream. @throws {Error} when the stream cannot go on; it is still open */
  async deliver(stream: RelayStream, { seq, payload }: Extract<RelayBody, { kind: "data" }>): Promise<void> {
    if (this.#waitingBytes() + payload.length > LIMITS.maxRelayQueueBytes) {
      this.#options.log.warn("relay stream reset", { reason: "it does not take its messages" });
      await stream.close({ code: 1013, text: "too many unread messages" });
    } else {
      stream.deliver(seq, payload);
    }
  }

  /** The peer has left a stream. */
  end(streamId: string): void {
    const stream = this.#streams.get(streamId);
    this.#streams.delete(streamId);
    stream?.end();
  }

  /** Tells the peer that a stream is none, or no more. */
  refuse(streamId: string, reason: string): void {
    this.end(streamId);
    this.#options.log.warn("relay stream refused", { reason });
    this.#socket.sendBytes(encodeRelayFrame({ streamId, body: { kind: "reset", reason } }));
  }

  /** The websocket has ended: so have all of them. */
  async close(): Promise<void> {
    for (const stream of this.#streams.values()) stream.end();
    await Promise.all(this.#serving);
  }

  #waitingBytes(): number {
    let bytes = 0;
    for (const stream of this.#streams.values()) bytes += stream.waitingBytes;
    return bytes;
  }
}
