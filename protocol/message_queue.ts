import { LIMITS } from "./limits.ts";
import type { IncomingFrame } from "./transport.ts";

/**
 * A bounded queue between a transport's reader and the consumer of its messages: `push` tells the reader when to wait.
 */
export class MessageQueue implements AsyncIterable<IncomingFrame> {
  #items: IncomingFrame[] = [];
  #count = 0;
  #bytes = 0;
  #ended = false;
  #consumer: PromiseWithResolvers<void> | undefined;
  #producer: PromiseWithResolvers<void> | undefined;

  /**
   * Adds a message.
   *
   * @returns a promise to wait for before reading further, or undefined while there is room
   */
  push(message: IncomingFrame): Promise<void> | undefined {
    if (this.#ended) return undefined;
    this.#items.push(message);
    this.#count++;
    this.#bytes += sizeOf(message);
    this.#consumer?.resolve();
    if (!this.#full()) return undefined;
    this.#producer ??= Promise.withResolvers();
    return this.#producer.promise;
  }

  /** No further messages come; what is queued is still delivered. */
  end(): void {
    this.#ended = true;
    this.#consumer?.resolve();
    this.#producer?.resolve();
    this.#producer = undefined;
  }

  /** Delivers the messages in order until {@linkcode end} and the queue is empty. */
  async *[Symbol.asyncIterator](): AsyncGenerator<IncomingFrame, void, void> {
    while (true) {
      const items = this.#items;
      this.#items = [];
      for (const item of items) {
        this.#count--;
        this.#bytes -= sizeOf(item);
        yield item;
      }
      if (this.#producer !== undefined && !this.#full()) {
        this.#producer.resolve();
        this.#producer = undefined;
      }
      if (this.#items.length > 0) continue;
      if (this.#ended) return;
      this.#consumer = Promise.withResolvers();
      await this.#consumer.promise;
      this.#consumer = undefined;
    }
  }

  #full(): boolean {
    return this.#count >= LIMITS.maxQueuedMessages || this.#bytes >= LIMITS.maxQueuedMessageBytes;
  }
}

function sizeOf(frame: IncomingFrame): number {
  return frame instanceof Error ? 0 : frame.length;
}
