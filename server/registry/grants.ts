import { timingSafeEqual } from "node:crypto";

const encoder = new TextEncoder();

interface Grant<T> {
  readonly value: T;
  /** By the monotonic clock, ms. */
  readonly until: number;
}

/** Secrets given out that open a door once or more often, each with what it was given for; the oldest goes first. */
export class Grants<T> {
  readonly #limit: number;
  readonly #ttlMs: number;
  readonly #grants = new Map<string, Grant<T>>();

  /** Remembers at most so many. @param limit a count; @param ttlMs how long each is good, default for good */
  constructor(limit: number, ttlMs = Infinity) {
    this.#limit = limit;
    this.#ttlMs = ttlMs;
  }

  /** Makes a secret of 256 bits. @param value what it is for */
  issue(value: T): string {
    const secret = crypto.getRandomValues(new Uint8Array(32)).toHex();
    this.#grants.set(secret, { value, until: performance.now() + this.#ttlMs });
    if (this.#grants.size > this.#limit) {
      const [oldest] = this.#grants.keys();
      this.#grants.delete(oldest as string);
    }
    return secret;
  }

  /** What a secret was given for, undefined for one that was not, or too long ago. */
  find(secret: string): T | undefined {
    const now = performance.now();
    // a map would tell by its time how much of a guess is right
    for (const [known, { value, until }] of this.#grants) {
      if (sameText(known, secret)) return now < until ? value : undefined;
    }
    return undefined;
  }
}

function sameText(known: string, guess: string): boolean {
  const a = encoder.encode(known), b = encoder.encode(guess);
  return a.length === b.length && timingSafeEqual(a, b);
}
