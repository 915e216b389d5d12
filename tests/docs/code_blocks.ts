/** A fenced block of a Markdown text. */
export interface CodeBlock {
  /** First word behind the fence. */
  readonly language: string;
  /** Further words: `ignore`. */
  readonly flags: readonly string[];
  /** Its text. */
  readonly code: string;
  /** Line of the fence, from 1. */
  readonly line: number;
}

/** The fenced blocks of a Markdown text, in their order. */
export function codeBlocks(markdown: string): CodeBlock[] {
  const blocks: CodeBlock[] = [];
  for (const match of markdown.matchAll(/^```(\w*) ?(.*)\n([^]*?)^```$/gm)) {
    const [, language = "", flags = "", code = ""] = match;
    const line = markdown.slice(0, match.index).split("\n").length;
    blocks.push({ language, flags: flags.split(" ").filter((flag) => flag !== ""), code, line });
  }
  return blocks;
}
