import { decodeBase64, LIMITS, type NotificationParams } from "../protocol/mod.ts";

type BodyDelta = NotificationParams<"http/request/bodyDelta">;

// what a queued delta takes besides its bytes, so that many small ones count as well
const DELTA_OVERHEAD_BYTES = 64;

/** The body of a streamed response broke off, or the executor did not keep the order of its pieces. */
export class HttpStreamError extends Error {
  /** Says which stream and why. @param message the original's text; @param options the cause */
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "HttpStreamError";
  }
}

/** Bytes queued by all streams of one connection. */
export interface BodyBudget {
  /** Bytes in use; {@linkcode LIMITS.maxQueuedHttpBodyBytes} is the most. */
  used: number;
}

/**
 * The way of one streamed body from the connection to its reader. What arrives is queued, since a reader must not hold
 * up the connection; order is checked when it is read.
 *
 * Source: HTTP and MCP, section 2.2.
 */
export class HttpBodyRoute {
  /** The body; read errors are {@linkcode HttpStreamError}s. */
  readonly body: ReadableStream<Uint8Array<ArrayBuffer>>;
  readonly #id: string;
  readonly #budget: BodyBudget;
  readonly #dropped: () => void;
  #queue: { readonly delta: BodyDelta; readonly bytes: Uint8Array<ArrayBuffer> }[] = [];
  #expected = 1;
  #ended = false;
  #failure: unknown;
  #news: PromiseWithResolvers<void> | undefined;

  /** @param id of the request; @param budget shared by the connection; @param dropped is called when the reader cancels */
  constructor(id: string, budget: BodyBudget, dropped: () => void) {
    this.#id = id;
    this.#budget = budget;
    this.#dropped = dropped;
    this.body = new ReadableStream({
      pull: (controller) => this.#deliver(controller),
      cancel: () => {
        this.fail(undefined);
        this.#dropped();
      },
    }, { highWaterMark: 0 });
  }

  /** Takes a delta. @returns whether further ones are expected */
  push(delta: BodyDelta): boolean {
    if (this.#ended) return false;
    let bytes: Uint8Array<ArrayBuffer>;
    try {
      if (delta.deltaBase64.length > Math.ceil(LIMITS.maxHttpDeltaBytes / 3) * 4) {
        throw new RangeError(`http response body delta exceeds ${LIMITS.maxHttpDeltaBytes} bytes`);
      }
      bytes = decodeBase64(delta.deltaBase64);
    } catch (error) {
      this.#failStream((error as Error).message);
      return false;
    }
    const cost = bytes.length + DELTA_OVERHEAD_BYTES;
    if (this.#budget.used + cost > LIMITS.maxQueuedHttpBodyBytes) {
      this.#failStream(`queued body deltas exceed ${LIMITS.maxQueuedHttpBodyBytes} bytes`);
      return false;
    }
    this.#budget.used += cost;
    this.#queue.push({ delta, bytes });
    this.#ended = delta.done || typeof delta.error === "string";
    this.#news?.resolve();
    return !this.#ended;
  }

  /** No further delta comes. What is queued is still delivered, then the error. */
  end(error: HttpStreamError): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#failure = error;
    this.#news?.resolve();
  }

  /** Drops what is queued; the reader gets the error at once. */
  fail(error: unknown): void {
    for (const { bytes } of this.#queue) this.#budget.used -= bytes.length + DELTA_OVERHEAD_BYTES;
    this.#queue = [];
    this.#ended = true;
    this.#failure = error;
    this.#news?.resolve();
  }

  #failStream(reason: string): void {
    this.end(new HttpStreamError(this.#text(`failed: ${reason}`)));
  }

  async #deliver(controller: ReadableStreamDefaultController<Uint8Array<ArrayBuffer>>): Promise<void> {
    while (true) {
      const next = this.#queue.shift();
      if (next === undefined) {
        if (this.#failure !== undefined) return controller.error(this.#failure);
        if (this.#ended) return controller.close();
        this.#news = Promise.withResolvers();
        await this.#news.promise;
        continue;
      }
      const { delta: { seq, done, error }, bytes } = next;
      this.#budget.used -= bytes.length + DELTA_OVERHEAD_BYTES;
      if (seq !== this.#expected) return this.#break(controller, `received seq ${seq}, expected ${this.#expected}`);
      this.#expected++;
      if (typeof error === "string") return this.#break(controller, `failed: ${error}`);
      if (bytes.length > 0) controller.enqueue(bytes);
      if (done) return controller.close();
      if (bytes.length > 0) return;
    }
  }

  #break(controller: ReadableStreamDefaultController, what: string): void {
    const finished = this.#ended;
    this.fail(new HttpStreamError(this.#text(what)));
    controller.error(this.#failure);
    if (!finished) this.#dropped();
  }

  #text(what: string): string {
    return `exec-server protocol error: http response stream \`${this.#id}\` ${what}`;
  }
}
