/** A line of a file. */
export interface TextLine {
  /** Without its end. */
  readonly text: string;
  /** `\n`, `\r\n`, `\r`, or nothing for a last line without one. */
  readonly end: string;
}

/** Splits a text at every kind of line end. */
export function splitLines(text: string): TextLine[] {
  const lines: TextLine[] = [];
  for (const [, line, end] of text.matchAll(/([^\r\n]*)(\r\n|\n|\r|$)/g)) {
    if (line !== "" || end !== "") lines.push({ text: line as string, end: end as string });
  }
  return lines;
}

/** The text of lines; every line gets an end, the first line's where it has none. */
export function joinLines(lines: readonly TextLine[], end: string): string {
  return lines.map((line) => line.text + (line.end === "" ? end : line.end)).join("");
}
