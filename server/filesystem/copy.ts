import { type CopyOptions, invalidRequest, TEXTS } from "../../protocol/mod.ts";
import { copyFile } from "./copy_file.ts";
import { isErrno, osError } from "./os_error.ts";

const FILES_AT_ONCE = 16;
const REPLACEMENT = "\uFFFD";

/**
 * Copies a regular file with its permission bits, a link as a link, or a tree into a directory that may already exist.
 * The first error stops it; files that were copied stay, and one that was not finished is cut to nothing.
 *
 * Source: exec-server protocol, section 9.9.
 */
export async function copy(source: string, destination: string, options: CopyOptions): Promise<void> {
  const { signal } = options;
  signal?.throwIfAborted();
  const info = await Deno.lstat(source);
  if (info.isSymlink) return await copyLink(source, destination);
  if (info.isFile) return await copyFile(source, destination, signal);
  if (!info.isDirectory) throw invalidRequest(TEXTS.copyUnsupported);
  if (!options.recursive) throw invalidRequest(TEXTS.copyNeedsRecursive);
  const from = await Deno.realPath(source);
  const to = await resolveAsFarAsItExists(destination);
  if (to === from || from === "/" || to.startsWith(`${from}/`)) throw invalidRequest(TEXTS.copyIntoItself);
  await copyTree(source, destination, signal);
}

async function copyTree(source: string, destination: string, signal: AbortSignal | undefined): Promise<void> {
  const pending: [source: string, destination: string][] = [[source, destination]];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    signal?.throwIfAborted();
    const [from, to] = next;
    const entries = await Array.fromAsync(Deno.readDir(from));
    await Deno.mkdir(to, { recursive: true });
    const leaves = entries.filter((entry) => entry.isFile || entry.isSymlink);
    for (let i = 0; i < leaves.length; i += FILES_AT_ONCE) {
      signal?.throwIfAborted();
      await allOrFirstError(
        leaves.slice(i, i + FILES_AT_ONCE).map(({ name, isSymlink }) => {
          const copyLeaf = isSymlink ? copyLink : copyFile;
          return copyLeaf(join(from, name), join(to, name), signal);
        }),
      );
    }
    for (const { name, isDirectory } of entries) {
      if (isDirectory) pending.push([join(from, name), join(to, name)]);
    }
  }
}

async function copyLink(source: string, destination: string): Promise<void> {
  const target = await Deno.readLink(source);
  // a text that is not UTF-8 cannot be repeated from here, and a different link would be worse than none
  if (target.includes(REPLACEMENT)) throw osError("EILSEQ");
  await Deno.symlink(target, destination);
}

async function resolveAsFarAsItExists(path: string): Promise<string> {
  let missing = "";
  for (let existing = path;;) {
    try {
      return join(await Deno.realPath(existing), missing);
    } catch (error) {
      if (existing === "/" || !isErrno(error, "ENOENT")) throw error;
      const slash = existing.lastIndexOf("/");
      missing = existing.slice(slash + 1) + (missing === "" ? "" : `/${missing}`);
      existing = existing.slice(0, slash) || "/";
    }
  }
}

async function allOrFirstError(work: Promise<void>[]): Promise<void> {
  const results = await Promise.allSettled(work);
  for (const result of results) if (result.status === "rejected") throw result.reason;
}

function join(directory: string, name: string): string {
  return name === "" ? directory : directory === "/" ? `/${name}` : `${directory}/${name}`;
}
