import { LIMITS } from "./limits.ts";

/** What {@linkcode scanJson} found besides the limits being kept. */
export interface JsonScan {
  /** The source text of the top-level `id` member, or undefined without one. */
  readonly idText: string | undefined;
}

const QUOTE = 0x22, BACKSLASH = 0x5c, COMMA = 0x2c, COLON = 0x3a;
const OPEN_OBJECT = 0x7b, CLOSE_OBJECT = 0x7d, OPEN_ARRAY = 0x5b, CLOSE_ARRAY = 0x5d;

/**
 * Checks what `JSON.parse` does not: nesting depth, number of values, duplicate keys and lone surrogates. It runs before
 * `JSON.parse`, so that a message over the limits is never built in memory; of malformed text it may accept anything.
 *
 * Source: exec-server protocol, section 3.3.
 *
 * @throws {SyntaxError} naming the limit, the duplicate key or the bad string
 */
export function scanJson(text: string): JsonScan {
  // keys[d] holds the keys seen in the object at depth d, or undefined for an array
  const keys: (Set<string> | undefined)[] = [];
  let values = 0;
  let key: string | undefined;
  let expectKey = false;
  let idText: string | undefined;
  const surrogates = text.includes("\\u") && /\\u[dD][89a-fA-F]/.test(text);
  let i = 0;
  while (i < text.length) {
    const c = text.charCodeAt(i);
    if (c <= 0x20 || c === COMMA || c === COLON) {
      if (c === COMMA && keys[keys.length - 1] !== undefined) expectKey = true;
      i++;
      continue;
    }
    if (c === CLOSE_OBJECT || c === CLOSE_ARRAY) {
      keys.pop();
      expectKey = false;
      i++;
      continue;
    }
    if (c === QUOTE && expectKey) {
      const end = stringEnd(text, i);
      key = keyAt(text, i, end);
      const seen = keys[keys.length - 1] as Set<string>;
      if (seen.has(key)) throw new SyntaxError(`duplicate JSON object key \`${key}\``);
      seen.add(key);
      expectKey = false;
      i = end;
      continue;
    }
    if (++values > LIMITS.maxJsonValues) {
      throw new SyntaxError(`JSON-RPC message exceeds the limit of ${LIMITS.maxJsonValues} JSON values`);
    }
    if (c === OPEN_OBJECT || c === OPEN_ARRAY) {
      if (keys.length === LIMITS.maxJsonDepth) throw new SyntaxError("recursion limit exceeded");
      keys.push(c === OPEN_OBJECT ? new Set() : undefined);
      expectKey = c === OPEN_OBJECT;
      i++;
      continue;
    }
    const end = c === QUOTE ? stringEnd(text, i) : scalarEnd(text, i);
    if (c === QUOTE && surrogates) stringAt(text, i, end);
    if (key === "id" && keys.length === 1) idText = text.slice(i, end);
    i = end;
  }
  return { idText };
}

function keyAt(text: string, start: number, end: number): string {
  const raw = text.slice(start + 1, end - 1);
  return raw.includes("\\") ? stringAt(text, start, end) : raw;
}

function stringAt(text: string, start: number, end: number): string {
  const value: string = JSON.parse(text.slice(start, end));
  if (!value.isWellFormed()) throw new SyntaxError("lone surrogate in a string");
  return value;
}

function stringEnd(text: string, start: number): number {
  let end = start;
  while (true) {
    end = text.indexOf('"', end + 1);
    if (end === -1) throw new SyntaxError("unterminated string");
    let escapes = 0;
    while (text.charCodeAt(end - 1 - escapes) === BACKSLASH) escapes++;
    if (escapes % 2 === 0) return end + 1;
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
