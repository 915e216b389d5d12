import { concatBytes, decodeBase64, LIMITS, type NotificationParams } from "../protocol/mod.ts";

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
 * up the connection; what came before a failure is still delivered.
 *
 * Source: HTTP and MCP, section 2.2.
 */
export class HttpBodyRoute {
  /** The body; read errors are {@linkcode HttpStreamError}s. */
  readonly body: ReadableStream<Uint8Array<ArrayBuffer>>;
  readonly #id: string;
  readonly #budget: BodyBudget;
  #queue: Uint8Array<ArrayBuffer>[] = [];
  #expected = 1;
  #ended = false;
  #failure: unknown;
  #news: PromiseWithResolvers<void> | undefined;

  /** @param id of the request; @param budget shared by the connection; @param dropped is called when the reader cancels */
  constructor(id: string, budget: BodyBudget, dropped: () => void) {
    this.#id = id;
    this.#budget = budget;
    this.body = new ReadableStream({
      pull: (controller) => this.#deliver(controller),
      cancel: () => {
        this.fail(undefined);
        dropped();
      },
    }, { highWaterMark: 0 });
  }

  /** Takes a delta. @returns "end" behind the last one, "broken" when the executor's further ones are not wanted */
  push({ seq, deltaBase64, done, error }: BodyDelta): "more" | "end" | "broken" {
    if (this.#ended) return "end";
    if (seq !== this.#expected) return this.#break(`received seq ${seq}, expected ${this.#expected}`);
    this.#expected++;
    if (typeof error === "string") {
      this.#break(`failed: ${error}`);
      return "end";
    }
    let bytes: Uint8Array<ArrayBuffer>;
    try {
      if (deltaBase64.length > Math.ceil(LIMITS.maxHttpDeltaBytes / 3) * 4) {
        throw new RangeError(`http response body delta exceeds ${LIMITS.maxHttpDeltaBytes} bytes`);
      }
      bytes = decodeBase64(deltaBase64);
    } catch (error) {
      return this.#break(`failed: ${(error as Error).message}`);
    }
    const cost = costOf(bytes);
    if (this.#budget.used + cost > LIMITS.maxQueuedHttpBodyBytes) {
      return this.#break(`failed: queued body deltas exceed ${LIMITS.maxQueuedHttpBodyBytes} bytes`);
    }
    if (bytes.length > 0) {
      this.#budget.used += cost;
      this.#queue.push(bytes);
    }
    this.#ended = done;
    this.#news?.resolve();
    return done ? "end" : "more";
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
    this.#take();
    this.#ended = true;
    this.#failure = error;
    this.#news?.resolve();
  }

  #break(what: string): "broken" {
    this.end(new HttpStreamError(`exec-server protocol error: http response stream \`${this.#id}\` ${what}`));
    return "broken";
  }

  async #deliver(controller: ReadableStreamDefaultController<Uint8Array<ArrayBuffer>>): Promise<void> {
    while (this.#queue.length === 0 && !this.#ended) {
      this.#news = Promise.withResolvers();
      await this.#news.promise;
    }
    const [first, ...others] = this.#take();
    if (first !== undefined) controller.enqueue(others.length === 0 ? first : concatBytes([first, ...others]));
    else if (this.#failure !== undefined) controller.error(this.#failure);
    else controller.close();
  }

  /** Everything queued: a reader that is behind gets it in one piece. */
  #take(): Uint8Array<ArrayBuffer>[] {
    const taken = this.#queue;
    this.#queue = [];
    for (const bytes of taken) this.#budget.used -= costOf(bytes);
    return taken;
  }
}

function costOf(bytes: Uint8Array): number {
  return bytes.length + DELTA_OVERHEAD_BYTES;
}
