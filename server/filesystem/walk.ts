import { invalidRequest, LIMITS, TEXTS, type WalkOptions, type WalkResult } from "../../protocol/mod.ts";
import { BreadthFirst, compareNames, type WalkDirectory, type WalkListing } from "../../sandbox/breadth_first.ts";
import { toRpcError } from "./os_error.ts";

const DIRECTORIES_AT_ONCE = 16;

/**
 * Lists a tree breadth first, names in byte order, without the root.
 *
 * Source: exec-server protocol, section 9.12.
 */
export async function walk(path: string, options: WalkOptions): Promise<WalkResult> {
  checkLimits(options);
  const own = await Deno.lstat(path);
  const root = own.isSymlink && options.followDirectorySymlinks ? await Deno.stat(path) : own;
  if (!root.isDirectory) return { entries: [], errors: [], truncated: false };
  const order = new BreadthFirst(path, options);
  for (let taken = order.take(DIRECTORIES_AT_ONCE); taken.length > 0; taken = order.take(DIRECTORIES_AT_ONCE)) {
    options.signal?.throwIfAborted();
    const listings = await Promise.all(taken.map((directory) => list(directory, options)));
    for (const [i, listing] of listings.entries()) order.enter(taken[i] as WalkDirectory, listing);
  }
  const { entries, errors, truncated } = order;
  return { entries, errors, truncated };
}

function checkLimits({ maxDepth, maxDirectories, maxEntries }: WalkOptions): void {
  if (maxDirectories === 0 || maxEntries === 0) throw invalidRequest(TEXTS.walkLimitsZero);
  if (
    maxDepth > LIMITS.maxWalkDepth || maxDirectories > LIMITS.maxWalkDirectories || maxEntries > LIMITS.maxWalkEntries
  ) throw invalidRequest(TEXTS.walkLimitsMax);
}

async function list(directory: WalkDirectory, options: WalkOptions): Promise<WalkListing> {
  const follow = options.followDirectorySymlinks;
  let realPath = directory.path;
  try {
    if (follow) realPath = await Deno.realPath(directory.path);
    const found = await Array.fromAsync(Deno.readDir(directory.path));
    found.sort((a, b) => compareNames(a.name, b.name));
    const children: { name: string; kind: "directory" | "file" | "other" }[] = [];
    // one more than may be listed, so that it is known whether there were more
    for (const entry of found.slice(0, options.maxEntries + 1)) {
      const toDirectory = follow && entry.isSymlink && await leadsToDirectory(join(directory.path, entry.name));
      const kind = entry.isDirectory || toDirectory ? "directory" : entry.isFile ? "file" : "other";
      children.push({ name: entry.name, kind });
    }
    return { children, realPath };
  } catch (error) {
    return { children: [], realPath, error: toRpcError(error).message };
  }
}

async function leadsToDirectory(link: string): Promise<boolean> {
  try {
    return (await Deno.stat(link)).isDirectory;
  } catch {
    return false;
  }
}

function join(directory: string, name: string): string {
  return directory === "/" ? `/${name}` : `${directory}/${name}`;
}
