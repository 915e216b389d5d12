import { concatBytes, LIMITS, messageLength, type OutgoingMessage, releaseMessage } from "../protocol/mod.ts";
import type { ByteStream } from "./byte_stream.ts";
import { noteTraffic } from "./posix/trim_memory.ts";
import { WriteBuffer } from "./write_buffer.ts";

/** A JSON-RPC message, or bytes where the stream can tell them apart. */
export type QueuedMessage = OutgoingMessage | Uint8Array;

/** Turns messages into bytes for one kind of stream. */
export type MessageEncoder<M extends QueuedMessage> = (message: M, buffer: WriteBuffer) => Iterable<Uint8Array>;

// small messages that are ready together go out in one write
const COALESCE_BYTES = 64 * 1024;

/**
 * The outgoing half of a connection: messages leave in order, many small ones in one write, and the queue's size tells
 * producers when to wait.
 */
export class SendQueue<M extends QueuedMessage = OutgoingMessage> {
  readonly #stream: ByteStream;
  readonly #encode: MessageEncoder<M>;
  readonly #broken: () => void;
  #messages: M[] = [];
  #next = 0;
  #current: Iterator<Uint8Array> | undefined;
  #urgent: Uint8Array[] = [];
  readonly #buffer = new WriteBuffer();
  #queuedBytes = 0;
  /** Messages taken as a whole since the last accounting. */
  #batchBytes = 0;
  #drained: PromiseWithResolvers<void> | undefined;
  #writing: Promise<void> | undefined;
  #failed = false;

  /** @param stream where bytes go; @param encode frames a message; @param broken is told that nobody takes them */
  constructor(stream: ByteStream, encode: MessageEncoder<M>, broken: () => void = () => {}) {
    this.#stream = stream;
    this.#encode = encode;
    this.#broken = broken;
  }

  /** Bytes not yet written to the stream. */
  get queuedBytes(): number {
    return this.#queuedBytes;
  }

  /** Queues a message. */
  send(message: M): void {
    if (this.#failed) return;
    this.#messages.push(message);
    this.#queuedBytes += lengthOf(message);
    this.#writing ??= this.#write();
  }

  /** Queues bytes that are framed already, in front of waiting messages: pings, pongs and close frames. */
  sendUrgent(bytes: Uint8Array): void {
    if (this.#failed) return;
    this.#urgent.push(bytes);
    this.#queuedBytes += bytes.length;
    this.#writing ??= this.#write();
  }

  /** Resolves when the queue is at or below the low-water mark, or writing failed. */
  drained(): Promise<void> {
    if (this.#failed || this.#queuedBytes <= LIMITS.sendLowWaterBytes) return Promise.resolve();
    this.#drained ??= Promise.withResolvers();
    return this.#drained.promise;
  }

  /** Resolves when everything queued is written, or writing failed. */
  async flushed(): Promise<void> {
    while (this.#writing !== undefined) await this.#writing;
  }

  /** Drops what is queued; nothing is written any more. */
  fail(): void {
    this.#failed = true;
    this.#messages = [];
    this.#next = 0;
    this.#current = undefined;
    this.#urgent = [];
    this.#queuedBytes = 0;
    this.#signal();
  }

  async #write(): Promise<void> {
    // let everything that is sent in this turn go out together
    await undefined;
    try {
      while (true) {
        let bytes = this.#nextBatch();
        while (bytes !== undefined && bytes.length > 0) bytes = bytes.subarray(await this.#stream.write(bytes));
        if (this.#failed) break;
        this.#queuedBytes -= this.#batchBytes;
        noteTraffic(this.#batchBytes);
        this.#batchBytes = 0;
        if (this.#queuedBytes <= LIMITS.sendLowWaterBytes) this.#signal();
        if (bytes === undefined) break;
      }
    } catch {
      this.fail();
      // the reading side may not be reading
      this.#broken();
    }
    this.#buffer.rest();
    this.#writing = undefined;
  }

  /** The next bytes to write: one large piece or several small ones, or undefined when all is written. */
  #nextBatch(): Uint8Array | undefined {
    this.#buffer.reset();
    const ready = this.#takeUrgent();
    let size = ready.reduce((sum, bytes) => sum + bytes.length, 0);
    this.#batchBytes += size;
    while (size < COALESCE_BYTES) {
      const bytes = this.#nextPiece();
      if (bytes === undefined) break;
      ready.push(bytes);
      size += bytes.length;
      // a frame of its own size is not copied again
      if (bytes.length >= COALESCE_BYTES / 2) break;
    }
    if (ready.length <= 1) return ready[0];
    const { filled } = this.#buffer;
    return filled.length === size ? filled : concatBytes(ready);
  }

  #takeUrgent(): Uint8Array[] {
    const urgent = this.#urgent;
    this.#urgent = [];
    return urgent;
  }

  #nextPiece(): Uint8Array | undefined {
    while (true) {
      if (this.#current === undefined) {
        const message = this.#messages[this.#next];
        if (message === undefined) {
          this.#messages = [];
          this.#next = 0;
          return undefined;
        }
        this.#current = this.#encode(message, this.#buffer)[Symbol.iterator]();
      }
      const { value, done } = this.#current.next();
      if (!done) return value;
      this.#current = undefined;
      const sent = this.#messages[this.#next++] as M;
      this.#batchBytes += lengthOf(sent);
      if (!(sent instanceof Uint8Array)) releaseMessage(sent);
    }
  }

  #signal(): void {
    this.#drained?.resolve();
    this.#drained = undefined;
  }
}

function lengthOf(message: QueuedMessage): number {
  return message instanceof Uint8Array ? message.length : messageLength(message);
}
