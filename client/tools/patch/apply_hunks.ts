import { type Hunk, type HunkLine, PatchError } from "./patch.ts";
import { seekLines } from "./seek_lines.ts";
import { joinLines, splitLines, type TextLine } from "./text_lines.ts";

interface Replacement {
  readonly at: number;
  readonly removed: number;
  readonly lines: readonly TextLine[];
}

/**
 * The text of a file with its hunks applied. Lines that stay keep their text and end; new ones end as the file's first
 * line does; the result ends with a line end.
 *
 * @param path for the message
 * @throws {PatchError} when a place is not found
 */
export function applyHunks(text: string, hunks: readonly Hunk[], path: string): string {
  const file = splitLines(text);
  const end = file[0]?.end || "\n";
  const texts = file.map((line) => line.text);
  const replacements: Replacement[] = [];
  let from = 0;
  for (const hunk of hunks) {
    if (hunk.below !== undefined) {
      const found = seekLines(texts, [hunk.below], from, false);
      if (found === undefined) throw new PatchError(`Failed to find context '${hunk.below}' in ${path}`);
      from = found + 1;
    }
    if (oldTexts(hunk.lines).length === 0) {
      // nothing says where: at the end
      replacements.push({ at: file.length, removed: 0, lines: replacementLines(hunk.lines, [], end) });
      continue;
    }
    const { at, lines } = findHunk(texts, hunk, from, path);
    const removed = oldTexts(lines).length;
    replacements.push({ at, removed, lines: replacementLines(lines, file.slice(at, at + removed), end) });
    from = at + removed;
  }
  // from the end, so that positions stay; of two at one place the later one first
  for (
    const { at, removed, lines } of replacements.map((r, i) => ({ ...r, i })).sort((a, b) => b.at - a.at || b.i - a.i)
  ) {
    file.splice(at, removed, ...lines);
  }
  return joinLines(file, end);
}

/** Finds a hunk; a blank line at its end that the file has not is given up. */
function findHunk(
  texts: readonly string[],
  { lines, endOfFile }: Hunk,
  from: number,
  path: string,
): { at: number; lines: readonly HunkLine[] } {
  const wanted = oldTexts(lines);
  const at = seekLines(texts, wanted, from, endOfFile);
  if (at !== undefined) return { at, lines };
  if (wanted.at(-1) === "") {
    const shorter = withoutLastBlank(lines);
    const found = seekLines(texts, oldTexts(shorter), from, endOfFile);
    if (found !== undefined) return { at: found, lines: shorter };
  }
  throw new PatchError(`Failed to find expected lines in ${path}:\n${wanted.join("\n")}`);
}

/** Takes the last blank line from what is looked for and, where it is blank too, the last of what takes its place. */
function withoutLastBlank(lines: readonly HunkLine[]): HunkLine[] {
  const result = [...lines];
  const lastOld = result.findLastIndex(({ kind }) => kind !== "added");
  if (result[lastOld]?.kind === "context") result[lastOld] = { kind: "added", text: "" };
  else result.splice(lastOld, 1);
  const lastNew = result.findLastIndex(({ kind }) => kind !== "removed");
  if (result[lastNew]?.text !== "") return result;
  if (result[lastNew]?.kind === "context") result[lastNew] = { kind: "removed", text: "" };
  else result.splice(lastNew, 1);
  return result;
}

function oldTexts(lines: readonly HunkLine[]): string[] {
  return lines.filter(({ kind }) => kind !== "added").map(({ text }) => text);
}

/** What takes the place of the lines found. */
function replacementLines(lines: readonly HunkLine[], found: readonly TextLine[], end: string): TextLine[] {
  const result: TextLine[] = [];
  let at = 0;
  for (const { kind, text } of lines) {
    if (kind === "added") result.push({ text, end });
    else {
      const kept = found[at++];
      if (kind === "context" && kept !== undefined) result.push(kept);
    }
  }
  return result;
}
