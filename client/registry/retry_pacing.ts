import { delay } from "../../protocol/delay.ts";
import { LIMITS } from "../../protocol/mod.ts";

/**
 * Keeps attempts that fail one after the other apart: 0.5 s, doubling to 5 s, and up to half as much again. An attempt
 * that comes later anyway does not wait, and neither does the first one.
 *
 * Source: environments, section 0.
 */
export class RetryPacing {
  #failures = 0;
  #notBefore = 0;

  /** Waits until the next attempt may begin. @throws the signal's reason */
  async turn(signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    const ms = this.#notBefore - performance.now();
    if (ms > 0) await delay(ms, signal);
  }

  /** An attempt has failed. */
  failed(): void {
    const ms = Math.min(LIMITS.noiseRetryMs * 2 ** this.#failures++, LIMITS.maxNoiseRetryMs);
    this.#notBefore = performance.now() + ms * (1 + Math.random() / 2);
  }

  /** An attempt has succeeded. */
  succeeded(): void {
    this.#failures = 0;
    this.#notBefore = 0;
  }
}
