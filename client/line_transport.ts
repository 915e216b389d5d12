import {
  LIMITS,
  MessageQueue,
  messageText,
  type OutgoingMessage,
  settledWithin,
  type Transport,
} from "../protocol/mod.ts";
import { LineSplitter } from "./line_splitter.ts";

const encoder = new TextEncoder();

/** Two directions of bytes: a socket of Deno, or the pipes of a program. */
export interface ByteDuplex {
  /** What the other side writes. */
  readonly readable: ReadableStream<Uint8Array>;
  /** What the other side reads. */
  readonly writable: WritableStream<Uint8Array>;
}

/** Messages as lines of JSON on a byte stream: a program's stdio, or a unix socket. */
export class LineTransport implements Transport {
  readonly label: string;
  readonly answersAfterEnd = false;
  readonly messages: MessageQueue = new MessageQueue();
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #release: () => Promise<void>;
  readonly #outgoing: string[] = [];
  #queuedBytes = 0;
  #writing: Promise<void> | undefined;
  #drained: PromiseWithResolvers<void> | undefined;
  #failure: string | undefined;
  #closing: Promise<void> | undefined;

  /** Starts reading. @param stream both directions; @param label for texts; @param release frees what the stream came from */
  constructor(stream: ByteDuplex, label: string, release: () => Promise<void> = () => Promise.resolve()) {
    this.label = label;
    this.#writer = stream.writable.getWriter();
    this.#writer.closed.catch(() => {}); // a failed write says so itself
    this.#reader = stream.readable.getReader();
    this.#release = release;
    this.#read();
  }

  get queuedBytes(): number {
    return this.#queuedBytes;
  }

  get failure(): string | undefined {
    return this.#failure;
  }

  send(message: OutgoingMessage): void {
    if (this.#closing !== undefined) return;
    const line = `${messageText(message)}\n`;
    this.#outgoing.push(line);
    this.#queuedBytes += line.length;
    this.#writing ??= this.#write();
  }

  drained(): Promise<void> {
    if (this.#queuedBytes <= LIMITS.sendLowWaterBytes) return Promise.resolve();
    this.#drained ??= Promise.withResolvers();
    return this.#drained.promise;
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.messages.end();
    await settledWithin(this.#writing, LIMITS.closeTimeoutMs);
    this.#writer.abort().catch(() => {});
    this.#reader.cancel().catch(() => {});
    this.#settled();
    await this.#release();
  }

  async #write(): Promise<void> {
    await undefined; // what is sent in this turn goes out together
    try {
      while (this.#outgoing.length > 0) {
        const text = this.#outgoing.splice(0).join("");
        await this.#writer.write(encoder.encode(text));
        this.#queuedBytes -= text.length;
        if (this.#queuedBytes <= LIMITS.sendLowWaterBytes) this.#wake();
      }
    } catch (error) {
      this.#failure ??= (error as Error).message;
      this.#settled();
      this.messages.end();
    }
    this.#writing = undefined;
  }

  async #read(): Promise<void> {
    const splitter = new LineSplitter();
    try {
      while (true) {
        const { done, value } = await this.#reader.read();
        if (done) break;
        for (const line of splitter.push(value)) {
          const wait = this.messages.push(line);
          if (wait !== undefined) await wait;
        }
      }
      const last = splitter.finish();
      if (last !== undefined) this.messages.push(last);
    } catch (error) {
      this.#failure ??= (error as Error).message;
    }
    this.messages.end();
  }

  /** Nothing queued will be written any more. */
  #settled(): void {
    this.#outgoing.length = 0;
    this.#queuedBytes = 0;
    this.#wake();
  }

  #wake(): void {
    this.#drained?.resolve();
    this.#drained = undefined;
  }
}
