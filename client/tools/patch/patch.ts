/** One line of a hunk. */
export interface HunkLine {
  /** Whether the line stays, goes or comes. */
  readonly kind: "context" | "removed" | "added";
  /** Without its end. */
  readonly text: string;
}

/** A place in a file that changes. */
export interface Hunk {
  /** A line above the place, where the search begins. */
  readonly below: string | undefined;
  /** What is looked for and what takes its place, in order. */
  readonly lines: readonly HunkLine[];
  /** Whether the place is the end of the file. */
  readonly endOfFile: boolean;
}

/** What a patch does to one file; paths as they were written. */
export type FileChange =
  | { readonly type: "add"; readonly path: string; readonly content: string }
  | { readonly type: "delete"; readonly path: string }
  | {
    readonly type: "update";
    readonly path: string;
    readonly moveTo: string | undefined;
    readonly hunks: readonly Hunk[];
  };

/** A parsed patch. */
export interface Patch {
  /** Which environment it is for, where it says so. */
  readonly environmentId: string | undefined;
  /** In the order of the text. */
  readonly changes: readonly FileChange[];
}

/** A patch that is not one, or does not fit the files; its message is for the model. */
export class PatchError extends Error {
  /** Always `PatchError`. */
  override readonly name = "PatchError";
}
