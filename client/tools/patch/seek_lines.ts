import { trim, trimEnd } from "./blanks.ts";

/** How alike two lines must be, from the strictest on: the same, but for blanks behind, around, but for typography. */
const LIKENESSES: readonly ((line: string) => string)[] = [(line) => line, trimEnd, trim, plain];

/**
 * Where lines occur in a file, at or after `start`; the strictest likeness that occurs anywhere wins.
 *
 * @param atEnd whether only the end of the file counts
 */
export function seekLines(
  file: readonly string[],
  wanted: readonly string[],
  start: number,
  atEnd: boolean,
): number | undefined {
  if (wanted.length === 0) return start;
  const last = file.length - wanted.length;
  for (const likeness of LIKENESSES) {
    const pattern = wanted.map(likeness);
    for (let at = atEnd ? Math.max(start, last) : start; at <= last; at++) {
      if (pattern.every((line, i) => likeness(file[at + i] as string) === line)) return at;
    }
  }
  return undefined;
}

/** A line with typographic dashes, quotes and blanks as a keyboard has them. */
function plain(line: string): string {
  return trim(line)
    .replace(/[\u2010-\u2015\u2212]/g, "-")
    .replace(/[\u2018-\u201b]/g, "'")
    .replace(/[\u201c-\u201f]/g, '"')
    .replace(/[\u00a0\u2002-\u200a\u202f\u205f\u3000]/g, " ");
}
