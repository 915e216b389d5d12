import { HttpFailure } from "./http_failure.ts";

// what a timer can hold; longer deadlines are none
const MAX_TIMER_MS = 2 ** 31 - 1;

/**
 * The life of one call: its deadline, and how to stop what it is doing right now. It ends once, whoever is first.
 *
 * Source: HTTP and MCP, section 1.8: one deadline from sending to the last byte of the body.
 */
export class HttpCall {
  #stop: (() => void) | undefined;
  #failure: HttpFailure | undefined;
  readonly #timer: ReturnType<typeof setTimeout> | undefined;
  readonly #signal: AbortSignal | undefined;
  readonly #ended: (call: HttpCall) => void;

  /** @param timeoutMs deadline; @param signal the caller's; @param ended is called once, at {@linkcode HttpCall.end} */
  constructor(
    timeoutMs: number | null | undefined,
    signal: AbortSignal | undefined,
    ended: (call: HttpCall) => void,
  ) {
    this.#signal = signal;
    this.#ended = ended;
    if (typeof timeoutMs === "number" && timeoutMs <= MAX_TIMER_MS) {
      this.#timer = setTimeout(() => this.abort("deadline"), timeoutMs);
    }
    signal?.addEventListener("abort", this.#cancel);
    if (signal?.aborted) this.#cancel();
  }

  /** Why it was aborted. */
  get failure(): HttpFailure | undefined {
    return this.#failure;
  }

  /** Stops what it is doing. */
  abort(stage: "deadline" | "cancelled"): void {
    if (this.#failure !== undefined) return;
    this.#failure = new HttpFailure(stage);
    this.#stop?.();
  }

  /** From now on this stops it; at once when it was aborted already. */
  onAbort(stop: (() => void) | undefined): void {
    this.#stop = stop;
    if (this.#failure !== undefined) stop?.();
  }

  /** Waits for work that cannot be stopped. @throws {HttpFailure} as soon as the call is aborted */
  async race<T>(work: Promise<T>): Promise<T> {
    const aborted = Promise.withResolvers<never>();
    this.onAbort(() => aborted.reject(this.#failure));
    try {
      return await Promise.race([work, aborted.promise]);
    } finally {
      this.onAbort(undefined);
    }
  }

  /** It is over; safe to call more than once. */
  end(): void {
    clearTimeout(this.#timer);
    this.#signal?.removeEventListener("abort", this.#cancel);
    this.#stop = undefined;
    this.#ended(this);
  }

  #cancel = (): void => this.abort("cancelled");
}
