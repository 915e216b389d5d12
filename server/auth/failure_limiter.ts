import { LIMITS } from "../../protocol/mod.ts";

interface Failures {
  /** Failures that count at `at`; they fade by one a second. */
  level: number;
  at: number;
  held: number;
}

/**
 * Slows down guessing without locking out anybody who shares the address, behind a proxy for example: the first failures
 * of an address are answered at once, further ones late, and only so many wait at a time. A right token is never
 * delayed, but for the moments in which its address has all its places waiting.
 */
export class FailureLimiter {
  /** The address that failed longest ago first. */
  readonly #records = new Map<string, Failures>();
  readonly #now: () => number;

  /** @param now a clock in ms */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** Whether an attempt from this address may be looked at. */
  admits(address: string): boolean {
    return (this.#records.get(keyOf(address))?.held ?? 0) < LIMITS.maxHeldAuthFailures;
  }

  /**
   * An attempt failed.
   *
   * @returns undefined when the answer may go out at once, what to wait for, or "full" when too many wait
   */
  failed(address: string): Promise<void> | "full" | undefined {
    const record = this.#touch(keyOf(address));
    if (record.level++ < LIMITS.authFailureBurst) return undefined;
    record.level = Math.min(record.level, LIMITS.authFailureBurst + 1);
    // several are looked at at once
    if (record.held >= LIMITS.maxHeldAuthFailures) return "full";
    record.held++;
    return new Promise((resolve) =>
      setTimeout(() => {
        record.held--;
        resolve();
      }, LIMITS.authFailureDelayMs)
    );
  }

  #touch(key: string): Failures {
    const now = this.#now();
    const before = this.#records.get(key) ?? { level: 0, at: now, held: 0 };
    before.level = Math.max(0, before.level - Math.floor((now - before.at) / LIMITS.authFailureDelayMs));
    before.at = now;
    this.#records.delete(key);
    this.#records.set(key, before);
    if (this.#records.size > LIMITS.maxAuthFailureAddresses) this.#forgetOldest();
    return before;
  }

  #forgetOldest(): void {
    for (const [key, { held }] of this.#records) {
      if (held > 0) continue;
      this.#records.delete(key);
      return;
    }
  }
}

/** Whoever has one IPv6 address has the whole /64. */
function keyOf(address: string): string {
  if (!address.includes(":") || address.includes(".")) return address;
  const [head = "", tail = ""] = address.split("::").map((part) => part.split(":").filter((group) => group !== ""));
  const groups = [...head, ...Array(Math.max(0, 8 - head.length - tail.length)).fill("0"), ...tail];
  return groups.slice(0, 4).join(":");
}
