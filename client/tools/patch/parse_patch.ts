import { trim, trimEnd } from "./blanks.ts";
import { type FileChange, type Hunk, type HunkLine, type Patch, PatchError } from "./patch.ts";

const BEGIN = "*** Begin Patch", END = "*** End Patch";
const LAST_LINE = `The last line of the patch must be '${END}'`;
const ADD = "*** Add File: ", DELETE = "*** Delete File: ", UPDATE = "*** Update File: ", MOVE = "*** Move to: ";
const ENVIRONMENT = "*** Environment ID:", END_OF_FILE = "*** End of File";
const KINDS: Readonly<Record<string, HunkLine["kind"]>> = { " ": "context", "-": "removed", "+": "added" };

/**
 * Reads the text of a patch (environments, section 7.2), with the tolerance of Codex: blanks around it, a
 * here-document's frame, no `@@` before the first hunk.
 *
 * @throws {PatchError} with Codex' text
 */
export function parsePatch(text: string): Patch {
  return new Parser(patchLines(text)).parse();
}

/** The lines between the marks. */
function patchLines(text: string): string[] {
  const whole = trim(text);
  const lines = whole === "" ? [] : whole.split("\n").map((line) => line.replace(/\r$/, ""));
  const error = frameError(lines);
  if (error === undefined) return lines.slice(1, -1);
  const isHereDocument = lines.length >= 4 && /^<<(EOF|'EOF'|"EOF")$/.test(lines[0] as string) &&
    lines.at(-1)?.endsWith("EOF");
  if (!isHereDocument) throw error;
  const inner = lines.slice(1, -1);
  const innerError = frameError(inner);
  if (innerError !== undefined) throw innerError;
  return inner.slice(1, -1);
}

function frameError(lines: readonly string[]): PatchError | undefined {
  const [first, last] = [lines[0], lines.at(-1)].map((line) => line === undefined ? undefined : trim(line));
  if (first !== undefined && first !== BEGIN) return invalidPatch(`The first line of the patch must be '${BEGIN}'`);
  if (last !== END) return invalidPatch(LAST_LINE);
  return undefined;
}

class Parser {
  readonly #lines: readonly string[];
  #at = 0;

  constructor(lines: readonly string[]) {
    this.#lines = lines;
  }

  parse(): Patch {
    const environmentId = this.#environmentId();
    const changes: FileChange[] = [];
    while (this.#line !== undefined) changes.push(this.#change());
    return { environmentId, changes };
  }

  get #line(): string | undefined {
    return this.#lines[this.#at];
  }

  #environmentId(): string | undefined {
    let id: string | undefined;
    for (; trim(this.#line ?? "").startsWith(ENVIRONMENT); this.#at++) {
      if (id !== undefined) throw invalidPatch("apply_patch environment_id cannot be specified more than once");
      id = trim(trim(this.#line ?? "").slice(ENVIRONMENT.length));
      if (id === "") throw invalidPatch("apply_patch environment_id cannot be empty");
    }
    return id;
  }

  #change(): FileChange {
    const headerAt = this.#at;
    const header = trim(this.#line as string);
    this.#at++;
    if (header.startsWith(ADD)) return { type: "add", path: header.slice(ADD.length), content: this.#addedLines() };
    if (header.startsWith(DELETE)) return { type: "delete", path: header.slice(DELETE.length) };
    if (header.startsWith(UPDATE)) return this.#update(header.slice(UPDATE.length), headerAt);
    if (header === END) throw invalidPatch(LAST_LINE);
    throw this.#invalidHunk(
      headerAt,
      `'${header}' is not a valid hunk header. Valid hunk headers: '${ADD}{path}', '${DELETE}{path}', '${UPDATE}{path}'`,
    );
  }

  #addedLines(): string {
    let content = "";
    for (; this.#line?.startsWith("+"); this.#at++) content += `${this.#line.slice(1)}\n`;
    return content;
  }

  #update(path: string, headerAt: number): FileChange {
    const move = trimEnd(this.#line ?? "");
    const moveTo = move.startsWith(MOVE) ? move.slice(MOVE.length) : undefined;
    if (moveTo !== undefined) this.#at++;
    const hunks: Hunk[] = [];
    while (this.#line !== undefined && !isHeader(this.#line)) {
      if (hunks.length > 0 && trim(this.#line) === "") this.#at++;
      else hunks.push(this.#hunk(hunks.length === 0));
    }
    if (hunks.length === 0) throw this.#invalidHunk(headerAt, `Update file hunk for path '${path}' is empty`);
    return { type: "update", path, moveTo, hunks };
  }

  #hunk(isFirst: boolean): Hunk {
    const mark = trimEnd(this.#line as string);
    const isMark = mark === "@@" || mark.startsWith("@@ ");
    if (!isMark && !isFirst) {
      throw this.#invalidHunk(this.#at, `Expected update hunk to start with a @@ context marker, got: '${this.#line}'`);
    }
    if (isMark) this.#at++;
    const below = mark.startsWith("@@ ") ? mark.slice(3) : undefined;
    const lines: HunkLine[] = [];
    let endOfFile = false;
    for (; this.#line !== undefined && !endOfFile; this.#at++) {
      const line = this.#line;
      const kind = line === "" ? "context" : KINDS[line[0] as string];
      if (trimEnd(line) === END_OF_FILE && lines.length > 0) endOfFile = true;
      else if (kind !== undefined) lines.push({ kind, text: line.slice(1) });
      else if (lines.length > 0) break;
      else if (trimEnd(line) === END_OF_FILE) break;
      else throw this.#unexpectedLine(line);
    }
    if (lines.length === 0) throw this.#invalidHunk(this.#at, "Update hunk does not contain any lines");
    return { below, lines, endOfFile };
  }

  #unexpectedLine(line: string): PatchError {
    return this.#invalidHunk(
      this.#at,
      `Unexpected line found in update hunk: '${line}'. Every line should start with ' ' (context line), ` +
        "'+' (added line), or '-' (removed line)",
    );
  }

  /** Lines are counted from 1, the begin mark included. */
  #invalidHunk(at: number, reason: string): PatchError {
    return new PatchError(`invalid hunk at line ${at + 2}, ${reason}`);
  }
}

function isHeader(line: string): boolean {
  return [ADD, DELETE, UPDATE, END].some((header) => line.startsWith(header));
}

function invalidPatch(reason: string): PatchError {
  return new PatchError(`invalid patch: ${reason}`);
}
