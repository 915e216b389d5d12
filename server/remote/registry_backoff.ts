import { delay } from "../../protocol/delay.ts";
import { LIMITS } from "../../protocol/mod.ts";

/** Waits; ends early with the signal's reason. */
export type Sleep = (ms: number, signal: AbortSignal) => Promise<void>;

/** The growing pauses between two connections to a rendezvous (environments, section 6.3). */
export class RegistryBackoff {
  readonly #sleep: Sleep;
  #next: number = LIMITS.registryBackoffMs;

  /** @param sleep default with the clock */
  constructor(sleep: Sleep = delay) {
    this.#sleep = sleep;
  }

  /** A connection succeeded: the next pause is the shortest. */
  reset(): void {
    this.#next = LIMITS.registryBackoffMs;
  }

  /** Pauses; the next pause is twice as long. */
  async wait(signal: AbortSignal): Promise<void> {
    const ms = this.#next;
    this.#next = Math.min(ms * 2, LIMITS.maxRegistryBackoffMs);
    await this.#sleep(ms, signal);
  }
}
