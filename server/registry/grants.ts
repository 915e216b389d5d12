import { timingSafeEqual } from "node:crypto";

const encoder = new TextEncoder();

/** Secrets given out that open a door once or more often, each with what it was given for; the oldest goes first. */
export class Grants<T> {
  readonly #limit: number;
  readonly #grants = new Map<string, T>();

  /** Remembers at most so many. @param limit a count */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Makes a secret of 256 bits. @param value what it is for */
  issue(value: T): string {
    const secret = crypto.getRandomValues(new Uint8Array(32)).toHex();
    this.#grants.set(secret, value);
    if (this.#grants.size > this.#limit) {
      const [oldest] = this.#grants.keys();
      this.#grants.delete(oldest as string);
    }
    return secret;
  }

  /** What a secret was given for, undefined for one that was not. */
  find(secret: string): T | undefined {
    // a map would tell by its time how much of a guess is right
    for (const [known, value] of this.#grants) if (sameText(known, secret)) return value;
    return undefined;
  }
}

function sameText(known: string, guess: string): boolean {
  const a = encoder.encode(known), b = encoder.encode(guess);
  return a.length === b.length && timingSafeEqual(a, b);
}
