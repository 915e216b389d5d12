import { encodeFrame, FrameKind, MAX_BODY_BYTES } from "./helper/frame.ts";

/** What one call sends: a header, and content that may take several frames. */
export interface Outgoing {
  readonly id: number;
  readonly header: Readonly<Record<string, unknown>>;
  readonly body?: Uint8Array | undefined;
}

interface Stream {
  readonly id: number;
  readonly body: Uint8Array;
  sent: number;
}

const SLICE_BYTES = 256 * 1024;

/** Writes requests to a helper: those that fit into one frame first, long contents in turn, a slice at a time. */
export class HelperOutput {
  readonly #writer: WritableStreamDefaultWriter<Uint8Array<ArrayBuffer>>;
  readonly #small: Uint8Array<ArrayBuffer>[] = [];
  readonly #streams: Stream[] = [];
  readonly #failed: (error: unknown) => void;
  #writing = false;

  /** Takes over the input of a helper. @param failed is called when it takes no more */
  constructor(stdin: WritableStream<Uint8Array<ArrayBuffer>>, failed: (error: unknown) => void) {
    this.#writer = stdin.getWriter();
    this.#failed = failed;
    this.#writer.closed.catch(() => {});
  }

  /** Queues a request. */
  send({ id, header, body }: Outgoing): void {
    const fits = body === undefined || body.length <= MAX_BODY_BYTES && header.op !== "writeFile" ||
      body.length <= SLICE_BYTES;
    const text = JSON.stringify(fits ? header : { ...header, more: true });
    this.#small.push(encodeFrame(id, FrameKind.Request, text, fits ? body : undefined));
    if (!fits) this.#streams.push({ id, body, sent: 0 });
    if (!this.#writing) this.#write();
  }

  /** Says that a request is no longer wanted. */
  cancel(id: number): void {
    this.#small.push(encodeFrame(id, FrameKind.Cancel, "", undefined));
    if (!this.#writing) this.#write();
  }

  /** Ends the helper's input. */
  async close(): Promise<void> {
    await this.#writer.close().catch(() => {});
  }

  /** Never rejects. */
  async #write(): Promise<void> {
    this.#writing = true;
    try {
      for (let next = this.#next(); next !== undefined; next = this.#next()) await this.#writer.write(next);
    } catch (error) {
      this.#failed(error);
    }
    this.#writing = false;
  }

  #next(): Uint8Array<ArrayBuffer> | undefined {
    const small = this.#small.shift();
    if (small !== undefined) return small;
    const stream = this.#streams.shift();
    if (stream === undefined) return undefined;
    const slice = stream.body.subarray(stream.sent, stream.sent + SLICE_BYTES);
    stream.sent += slice.length;
    // an empty slice says that this was all
    if (slice.length > 0) this.#streams.push(stream);
    return encodeFrame(stream.id, FrameKind.Content, "", slice);
  }
}
