/** Where a member of an object stands in its text. */
export interface JsonMember {
  /** Its name. */
  readonly key: string;
  /** Offset behind the name. */
  readonly keyEnd: number;
  /** Offset of its value. */
  readonly start: number;
  /** Offset behind its value. */
  readonly end: number;
}

const STRING = /"(?:[^"\\]|\\.)*"/y, BLANKS = /[\s]*/y;

/** The members of an object, repeated ones too. @param text valid JSON of an object */
export function jsonMembers(text: string): JsonMember[] {
  const members: JsonMember[] = [];
  let at = match(BLANKS, text, 0) + 1;
  for (;;) {
    at = match(BLANKS, text, at);
    if (text[at] === ",") at = match(BLANKS, text, at + 1);
    if (text[at] !== '"') return members;
    const keyEnd = match(STRING, text, at);
    const key: string = JSON.parse(text.slice(at, keyEnd));
    const start = match(BLANKS, text, match(BLANKS, text, keyEnd) + 1);
    at = valueEnd(text, start);
    members.push({ key, keyEnd, start, end: at });
  }
}

/** `line L column C` of an offset; columns are bytes. */
export function jsonPosition(text: string, offset: number): string {
  const before = text.slice(0, offset);
  const lines = before.split("\n");
  return `line ${lines.length} column ${new TextEncoder().encode(lines.at(-1)).length}`;
}

function valueEnd(text: string, start: number): number {
  let depth = 0, at = start;
  for (; at < text.length; at++) {
    const character = text[at] as string;
    if (character === '"') at = match(STRING, text, at) - 1;
    else if (character === "{" || character === "[") depth++;
    else if (depth > 0 && (character === "}" || character === "]")) depth--;
    else if (depth === 0 && /[,}\]\s]/.test(character)) break;
    else continue;
    if (depth === 0) return at + 1;
  }
  return at;
}

function match(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : at;
}
