import { LIMITS, MessageQueue, type OutgoingMessage, settledWithin, type Transport } from "../protocol/mod.ts";
import { type ByteStream, closeQuietly } from "./byte_stream.ts";
import { LineDecoder } from "./line_decoder.ts";
import { messagePieces } from "./message_pieces.ts";
import { SendQueue } from "./send_queue.ts";
import type { WriteBuffer } from "./write_buffer.ts";

const READ_BUFFER_BYTES = 64 * 1024;
const encoder = new TextEncoder();
const NEWLINE = new Uint8Array([0x0a]);

/** Messages as lines of JSON on a byte stream: stdio, and unix sockets of clients that do not speak HTTP. */
export class LineTransport implements Transport {
  readonly label: string;
  readonly answersAfterEnd = true;
  readonly messages: MessageQueue = new MessageQueue();
  readonly ended: Promise<void> = this.messages.ended;
  readonly #stream: ByteStream;
  readonly #queue: SendQueue;
  #closing: Promise<void> | undefined;

  /**
   * Starts reading.
   *
   * @param stream both directions
   * @param label for texts
   * @param rest bytes received already
   * @param maxMessageBytes longest line
   */
  constructor(stream: ByteStream, label: string, rest?: Uint8Array, maxMessageBytes?: number) {
    this.label = label;
    this.#stream = stream;
    this.#queue = new SendQueue(stream, encodeLine, () => this.messages.end());
    this.#read(rest ?? new Uint8Array(0), new LineDecoder(maxMessageBytes));
  }

  get queuedBytes(): number {
    return this.#queue.queuedBytes;
  }

  send(message: OutgoingMessage): void {
    if (this.#closing === undefined) this.#queue.send(message);
  }

  drained(): Promise<void> {
    return this.#queue.drained();
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.messages.end();
    await settledWithin(this.#queue.flushed(), LIMITS.closeTimeoutMs);
    this.#queue.fail();
    closeQuietly(this.#stream);
  }

  async #read(rest: Uint8Array, decoder: LineDecoder): Promise<void> {
    const buffer = new Uint8Array(READ_BUFFER_BYTES);
    try {
      await this.#push(decoder.push(rest));
      while (true) {
        const count = await this.#stream.read(buffer);
        if (count === null) break;
        await this.#push(decoder.push(buffer.subarray(0, count)));
      }
      const last = decoder.finish();
      if (last !== undefined) this.messages.push(last);
    } catch {
      // a broken stream ends like a closed one
    }
    this.messages.end();
  }

  async #push(lines: Iterable<string | Error>): Promise<void> {
    for (const line of lines) {
      const wait = this.messages.push(line);
      if (wait !== undefined) await wait;
    }
  }
}

function* encodeLine(message: OutgoingMessage, buffer: WriteBuffer): Generator<Uint8Array, void, void> {
  for (const piece of messagePieces(typeof message === "string" ? [message] : message)) {
    if (typeof piece === "string") {
      yield encoder.encode(piece);
    } else {
      const bytes = buffer.reserve(piece.encodedLength);
      encoder.encodeInto(piece.toJSON(), bytes);
      yield bytes;
    }
  }
  yield NEWLINE;
}
