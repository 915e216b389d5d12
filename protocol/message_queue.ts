import { LIMITS } from "./limits.ts";
import type { IncomingFrame } from "./transport.ts";

/**
 * A bounded queue between a transport's reader and the consumer of its messages: `push` tells the reader when to wait.
 */
export class MessageQueue implements AsyncIterable<IncomingFrame> {
  #items: IncomingFrame[] = [];
  #first = 0;
  #bytes = 0;
  #ended = false;
  readonly #end = Promise.withResolvers<void>();
  #consumer: ((result: IteratorResult<IncomingFrame, void>) => void) | undefined;
  #producer: PromiseWithResolvers<void> | undefined;

  /**
   * Adds a message.
   *
   * @returns a promise to wait for before reading further, or undefined while there is room
   */
  push(message: IncomingFrame): Promise<void> | undefined {
    if (this.#ended) return undefined;
    if (this.#consumer !== undefined) {
      const deliver = this.#consumer;
      this.#consumer = undefined;
      deliver({ done: false, value: message });
      return undefined;
    }
    this.#items.push(message);
    this.#bytes += sizeOf(message);
    if (!this.#full()) return undefined;
    this.#producer ??= Promise.withResolvers();
    return this.#producer.promise;
  }

  /** Resolves at {@linkcode end}, even while messages are queued. */
  get ended(): Promise<void> {
    return this.#end.promise;
  }

  /** No further messages come; what is queued is still delivered. */
  end(): void {
    this.#ended = true;
    this.#end.resolve();
    this.#consumer?.({ done: true, value: undefined });
    this.#consumer = undefined;
    this.#wakeProducer();
  }

  /** Delivers the messages in order until {@linkcode end} and the queue is empty. One consumer at a time. */
  [Symbol.asyncIterator](): AsyncIterator<IncomingFrame, void> {
    // not a generator: each message would cost it several promises more
    return { next: () => this.#next() };
  }

  #next(): Promise<IteratorResult<IncomingFrame, void>> {
    if (this.#first < this.#items.length) return Promise.resolve({ done: false, value: this.#take() });
    if (this.#ended) return Promise.resolve({ done: true, value: undefined });
    return new Promise((resolve) => this.#consumer = resolve);
  }

  #take(): IncomingFrame {
    const message = this.#items[this.#first++] as IncomingFrame;
    this.#bytes -= sizeOf(message);
    if (this.#first === this.#items.length) {
      this.#items = [];
      this.#first = 0;
    }
    if (!this.#full()) this.#wakeProducer();
    return message;
  }

  #wakeProducer(): void {
    this.#producer?.resolve();
    this.#producer = undefined;
  }

  #full(): boolean {
    return this.#items.length - this.#first >= LIMITS.maxQueuedMessages || this.#bytes >= LIMITS.maxQueuedMessageBytes;
  }
}

function sizeOf(frame: IncomingFrame): number {
  return frame instanceof Error ? 0 : frame.length;
}
