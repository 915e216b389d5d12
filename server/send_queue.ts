import { LIMITS, messageLength, type OutgoingMessage } from "../protocol/mod.ts";
import { type ByteStream, writeAll } from "./byte_stream.ts";

/** Turns messages into bytes for one kind of stream. */
export type MessageEncoder = (message: OutgoingMessage) => Iterable<Uint8Array>;

// small messages that are ready together go out in one write
const COALESCE_BYTES = 64 * 1024;

/**
 * The outgoing half of a connection: messages leave in order, many small ones in one write, and the queue's size tells
 * producers when to wait.
 */
export class SendQueue {
  readonly #stream: ByteStream;
  readonly #encode: MessageEncoder;
  #messages: OutgoingMessage[] = [];
  #urgent: Uint8Array[] = [];
  #queuedBytes = 0;
  #drained: PromiseWithResolvers<void> | undefined;
  #writing: Promise<void> | undefined;
  #failed = false;

  /** @param stream where bytes go; @param encode frames a message */
  constructor(stream: ByteStream, encode: MessageEncoder) {
    this.#stream = stream;
    this.#encode = encode;
  }

  /** Bytes not yet written to the stream. */
  get queuedBytes(): number {
    return this.#queuedBytes;
  }

  /** Queues a message. */
  send(message: OutgoingMessage): void {
    if (this.#failed) return;
    this.#messages.push(message);
    this.#queuedBytes += messageLength(message);
    this.#writing ??= this.#write();
  }

  /** Queues bytes that are framed already, in front of waiting messages: pings, pongs and close frames. */
  sendUrgent(bytes: Uint8Array): void {
    if (this.#failed) return;
    this.#urgent.push(bytes);
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
    this.#urgent = [];
    this.#queuedBytes = 0;
    this.#signal();
  }

  async #write(): Promise<void> {
    // let everything that is sent in this turn go out together
    await Promise.resolve();
    try {
      while (!this.#failed && (this.#messages.length > 0 || this.#urgent.length > 0)) {
        const messages = this.#messages;
        this.#messages = [];
        await this.#writeBatch(messages);
      }
    } catch {
      // the reading side notices the end of the connection and reports it
      this.fail();
    }
    this.#writing = undefined;
  }

  async #writeBatch(messages: readonly OutgoingMessage[]): Promise<void> {
    let ready: Uint8Array[] = this.#takeUrgent();
    let size = ready.reduce((sum, bytes) => sum + bytes.length, 0);
    let written = 0;
    const flush = async () => {
      if (ready.length === 0) return;
      const bytes = ready.length === 1 ? ready[0] as Uint8Array : join(ready, size);
      ready = [];
      size = 0;
      await writeAll(this.#stream, bytes);
      if (this.#failed) return;
      this.#queuedBytes -= written;
      written = 0;
      if (this.#queuedBytes <= LIMITS.sendLowWaterBytes) this.#signal();
    };
    for (const message of messages) {
      for (const bytes of this.#encode(message)) {
        if (size + bytes.length > COALESCE_BYTES) await flush();
        if (this.#failed) return;
        if (this.#urgent.length > 0) {
          ready.push(...this.#takeUrgent());
          size = ready.reduce((sum, part) => sum + part.length, 0);
        }
        ready.push(bytes);
        size += bytes.length;
      }
      written += messageLength(message);
    }
    await flush();
  }

  #takeUrgent(): Uint8Array[] {
    const urgent = this.#urgent;
    this.#urgent = [];
    return urgent;
  }

  #signal(): void {
    this.#drained?.resolve();
    this.#drained = undefined;
  }
}

function join(parts: readonly Uint8Array[], size: number): Uint8Array {
  const whole = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
