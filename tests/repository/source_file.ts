import { relative } from "@std/path";

/** One source file of the repository, reduced to what the rules look at. */
export interface SourceFile {
  /** Path from the root of the repository. */
  readonly path: string;
  /** The text without comments, except `@ts-types` ones. */
  readonly code: string;
  /** Specifiers it imports or re-exports, types included. */
  readonly imports: readonly string[];
}

const COMMENT = /\/\*[^]*?\*\/|(?<=^|\s)\/\/(?!\s*@ts-types).*$/gm;
const IMPORT = /\b(?:from|import)\s*\(?\s*(["'])([^"'\n]+)\1/g;

/** Reads a source file's text. */
export function sourceFile(path: string, text: string): SourceFile {
  const code = text.replace(COMMENT, "");
  return { path, code, imports: Array.from(code.matchAll(IMPORT), (match) => match[2] as string) };
}

/** Every TypeScript and JavaScript file of the repository. */
export async function readSources(root: string, folder: string = root): Promise<SourceFile[]> {
  const files: SourceFile[] = [];
  for await (const entry of Deno.readDir(folder)) {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory) {
      if (!["node_modules", "testdata", "dist", "cov"].includes(entry.name) && !entry.name.startsWith(".")) {
        files.push(...await readSources(root, path));
      }
    } else if (/\.(ts|js|mjs)$/.test(entry.name) && !entry.name.endsWith(".d.ts")) {
      files.push(sourceFile(relative(root, path), await Deno.readTextFile(path)));
    }
  }
  return files.sort((a, b) => a.path < b.path ? -1 : 1);
}
