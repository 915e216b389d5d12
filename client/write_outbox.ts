import { LIMITS, type ParamsOf, TransportClosedError, type WriteStatus } from "../protocol/mod.ts";
import { ClientError } from "./errors.ts";
import type { ProcessCalls } from "./process_calls.ts";

type Params = { readonly method: "process/write"; readonly params: ParamsOf<"process/write"> } | {
  readonly method: "process/closeStdin";
  readonly params: ParamsOf<"process/closeStdin">;
};

type Item = Params & { readonly answer: PromiseWithResolvers<WriteStatus>; again: boolean };

/**
 * The writes of one process that have no answer yet, in their order. After a recovery they are sent again under their
 * ids, so each is applied once and in its place.
 *
 * Source: environments, sections 1.8 and 1.10.
 */
export class WriteOutbox {
  readonly #calls: ProcessCalls;
  readonly #items = new Set<Item>();

  /** Sends nothing yet. @param calls the client */
  constructor(calls: ProcessCalls) {
    this.#calls = calls;
  }

  /** Queues a write, and sends it when the client is connected. @throws {ClientError} when too many have no answer */
  push(request: Params): Promise<WriteStatus> {
    if (this.#items.size >= LIMITS.maxUnansweredWrites) {
      const text = `exec-server has reached its limit of ${LIMITS.maxUnansweredWrites} pending requests`;
      return Promise.reject(new ClientError("protocol", `exec-server protocol error: ${text}`));
    }
    const item: Item = { ...request, answer: Promise.withResolvers(), again: false };
    this.#items.add(item);
    if (this.#calls.connected) this.#send(item);
    return item.answer.promise;
  }

  /** Sends again what has no answer: the connection is new. */
  resend(): void {
    for (const item of this.#items) this.#send(item);
  }

  /** Nothing will be sent any more. */
  fail(error: Error): void {
    for (const item of this.#items) item.answer.reject(error);
    this.#items.clear();
  }

  async #send(item: Item): Promise<void> {
    const again = item.again;
    item.again = true;
    try {
      const { status } = await this.#calls.call(item.method, item.params);
      // the first one may have been carried out without its answer having arrived
      const closed = again && item.method === "process/closeStdin" && status === "stdinClosed";
      item.answer.resolve(closed ? "accepted" : status);
    } catch (error) {
      if (error instanceof TransportClosedError && this.#items.has(item)) return; // sent again, or failed, later
      item.answer.reject(error);
    }
    this.#items.delete(item);
  }
}
