import { LIMITS } from "./limits.ts";

/** What {@linkcode scanJson} found besides the limits being kept. */
export interface JsonScan {
  /** The source text of the top-level `id` member, or undefined without one. */
  readonly idText: string | undefined;
}

const QUOTE = 0x22, BACKSLASH = 0x5c, COMMA = 0x2c, COLON = 0x3a;
const OPEN_OBJECT = 0x7b, CLOSE_OBJECT = 0x7d, OPEN_ARRAY = 0x5b, CLOSE_ARRAY = 0x5d;

const FEW_KEYS = 16;

/** The keys of one object: a list while they are few, which costs less than a set. */
class ObjectKeys {
  readonly #few: string[] = [];
  #count = 0;
  #many: Set<string> | undefined;

  /** Begins with another object. */
  empty(): this {
    this.#count = 0;
    this.#many = undefined;
    return this;
  }

  /** @returns false when it is there already */
  add(key: string): boolean {
    if (this.#many !== undefined) {
      if (this.#many.has(key)) return false;
      this.#many.add(key);
      return true;
    }
    for (let i = 0; i < this.#count; i++) if (this.#few[i] === key) return false;
    this.#few[this.#count++] = key;
    if (this.#count === FEW_KEYS) this.#many = new Set(this.#few);
    return true;
  }
}

/**
 * Checks what `JSON.parse` does not: nesting depth, number of values, duplicate keys and lone surrogates. It runs before
 * `JSON.parse`, so that a message over the limits is never built in memory; of malformed text it may accept anything.
 *
 * Source: exec-server protocol, section 3.3.
 *
 * @throws {SyntaxError} naming the limit, the duplicate key or the bad string
 */
export function scanJson(text: string): JsonScan {
  // what is open: the keys of an object, or undefined for an array
  const open: (ObjectKeys | undefined)[] = [];
  // one for each depth, used again for each object there
  const pool: ObjectKeys[] = [];
  let values = 0;
  let key: string | undefined;
  let expectKey = false;
  let idText: string | undefined;
  const escapes = text.includes("\\");
  const surrogates = escapes && /\\u[dD][89a-fA-F]/.test(text);
  let i = 0;
  while (i < text.length) {
    const c = text.charCodeAt(i);
    if (c <= 0x20 || c === COMMA || c === COLON) {
      if (c === COMMA && open[open.length - 1] !== undefined) expectKey = true;
      i++;
      continue;
    }
    if (c === CLOSE_OBJECT || c === CLOSE_ARRAY) {
      open.pop();
      expectKey = false;
      i++;
      continue;
    }
    if (c === QUOTE && expectKey) {
      const end = stringEnd(text, i, escapes);
      key = keyAt(text, i, end, escapes);
      if (!(open[open.length - 1] as ObjectKeys).add(key)) {
        throw new SyntaxError(`duplicate JSON object key \`${key}\``);
      }
      expectKey = false;
      i = end;
      continue;
    }
    if (++values > LIMITS.maxJsonValues) {
      throw new SyntaxError(`JSON-RPC message exceeds the limit of ${LIMITS.maxJsonValues} JSON values`);
    }
    if (c === OPEN_OBJECT || c === OPEN_ARRAY) {
      const depth = open.length;
      if (depth === LIMITS.maxJsonDepth) throw new SyntaxError("recursion limit exceeded");
      open.push(c === OPEN_OBJECT ? (pool[depth] ??= new ObjectKeys()).empty() : undefined);
      expectKey = c === OPEN_OBJECT;
      i++;
      continue;
    }
    const end = c === QUOTE ? stringEnd(text, i, escapes) : scalarEnd(text, i);
    if (c === QUOTE && surrogates) stringAt(text, i, end);
    if (key === "id" && open.length === 1) idText = text.slice(i, end);
    i = end;
  }
  return { idText };
}

function keyAt(text: string, start: number, end: number, escapes: boolean): string {
  const raw = text.slice(start + 1, end - 1);
  return escapes && raw.includes("\\") ? stringAt(text, start, end) : raw;
}

function stringAt(text: string, start: number, end: number): string {
  const value: string = JSON.parse(text.slice(start, end));
  if (!value.isWellFormed()) throw new SyntaxError("lone surrogate in a string");
  return value;
}

function stringEnd(text: string, start: number, escapes: boolean): number {
  let end = start;
  while (true) {
    end = text.indexOf('"', end + 1);
    if (end === -1) throw new SyntaxError("unterminated string");
    if (!escapes) return end + 1;
    let backslashes = 0;
    while (text.charCodeAt(end - 1 - backslashes) === BACKSLASH) backslashes++;
    if (backslashes % 2 === 0) return end + 1;
  }
}

function scalarEnd(text: string, start: number): number {
  let end = start + 1;
  while (end < text.length) {
    const c = text.charCodeAt(end);
    if (c <= 0x20 || c === COMMA || c === CLOSE_OBJECT || c === CLOSE_ARRAY) break;
    end++;
  }
  return end;
}
