import type { Snapshot } from "./workspace.ts";

/** What we leave and answer instead of what codex does, by the name of the case. */
export const DEVIATIONS: Readonly<
  Record<string, { readonly why: string; readonly output?: string; readonly files: Snapshot }>
> = {
  "move: onto itself": { why: "the file is kept; codex loses it", files: { f: "a\nB\nc\n" } },
  "move: onto itself by another name": { why: "the file is kept; codex loses it", files: { f: "A\n" } },
  "move: onto a link to itself": {
    why: "the file is kept; codex loses it",
    files: { f: "A\n", l: { link: "f" } },
  },
  "move: two files to one": {
    why: "refused; codex loses the first file",
    output: "apply_patch verification failed: invalid patch: multiple operations target {ws}/h",
    files: { f: "a\n", g: "b\n" },
  },
  "move: to a name that is added": {
    why: "refused; codex loses the moved file",
    output: "apply_patch verification failed: invalid patch: multiple operations target {ws}/h",
    files: { f: "a\n" },
  },
  "move: to a name that is deleted": {
    why: "refused like every file that is named twice; in the other order codex loses the moved file",
    output: "apply_patch verification failed: invalid patch: multiple operations target {ws}/h",
    files: { f: "a\n", h: "x\n" },
  },
  "move: swap": {
    why: "refused; codex loses a file",
    output: "apply_patch verification failed: invalid patch: multiple operations target {ws}/g",
    files: { f: "a\n", g: "b\n" },
  },
  "move: then update the new name": {
    why: "refused like every file that is named twice, before the file is looked for",
    output: "apply_patch verification failed: invalid patch: multiple operations target {ws}/g",
    files: { f: "a\nb\nc\n" },
  },
};
