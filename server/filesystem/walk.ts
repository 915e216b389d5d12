import { invalidRequest, LIMITS, TEXTS, type WalkOptions, type WalkResult } from "../../protocol/mod.ts";
import { toRpcError } from "./os_error.ts";

const DIRECTORIES_AT_ONCE = 16;

interface Child {
  readonly name: string;
  readonly kind: "directory" | "file" | "other";
}

interface Directory {
  readonly path: string;
  readonly depth: number;
}

interface Listing {
  readonly directory: Directory;
  readonly children: readonly Child[];
  /** Only needed when links are followed. */
  readonly realPath: string;
  readonly error?: string;
}

/**
 * Lists a tree breadth first, names in byte order, without the root. Every name looked at counts towards `maxEntries`,
 * also those that are not listed.
 *
 * Source: exec-server protocol, section 9.12.
 */
export async function walk(path: string, options: WalkOptions): Promise<WalkResult> {
  checkLimits(options);
  const own = await Deno.lstat(path);
  const root = own.isSymlink && options.followDirectorySymlinks ? await Deno.stat(path) : own;
  const { entries, errors, truncated } = root.isDirectory ? await new Walk(options).run(path) : new Walk(options);
  return { entries, errors, truncated };
}

function checkLimits({ maxDepth, maxDirectories, maxEntries }: WalkOptions): void {
  if (maxDirectories === 0 || maxEntries === 0) throw invalidRequest(TEXTS.walkLimitsZero);
  if (
    maxDepth > LIMITS.maxWalkDepth || maxDirectories > LIMITS.maxWalkDirectories || maxEntries > LIMITS.maxWalkEntries
  ) throw invalidRequest(TEXTS.walkLimitsMax);
}

class Walk implements WalkResult {
  readonly entries: { path: string; kind: "directory" | "file" }[] = [];
  readonly errors: { path: string; message: string }[] = [];
  truncated = false;
  readonly #options: WalkOptions;
  readonly #queue: Directory[] = [];
  readonly #visited = new Set<string>();
  #directories = 0;
  #seen = 0;

  constructor(options: WalkOptions) {
    this.#options = options;
  }

  async run(root: string): Promise<this> {
    this.#queue.push({ path: root, depth: 0 });
    for (let next = 0; next < this.#queue.length;) {
      const room = Math.max(1, this.#options.maxDirectories - this.#directories);
      const batch = this.#queue.slice(next, next + Math.min(room, DIRECTORIES_AT_ONCE));
      next += batch.length;
      for (const listing of await Promise.all(batch.map((directory) => list(directory, this.#options)))) {
        if (!this.#enter(listing)) return this;
      }
    }
    return this;
  }

  /** @returns false when nothing more may be listed */
  #enter({ directory, children, realPath, error }: Listing): boolean {
    if (this.#options.followDirectorySymlinks) {
      if (this.#visited.has(realPath)) return true;
      this.#visited.add(realPath);
    }
    if (this.#directories >= this.#options.maxDirectories) {
      this.truncated = true;
      return false;
    }
    this.#directories++;
    if (error !== undefined) this.errors.push({ path: directory.path, message: error });
    for (const child of children) {
      if (this.#seen >= this.#options.maxEntries) {
        this.truncated = true;
        return false;
      }
      this.#seen++;
      if (child.kind !== "other") this.#add(directory, child.name, child.kind);
    }
    return true;
  }

  #add(parent: Directory, name: string, kind: "directory" | "file"): void {
    const path = join(parent.path, name);
    this.entries.push({ path, kind });
    const pruned = this.#options.pruneHiddenDirectories && name.startsWith(".");
    if (kind === "file" || pruned || parent.depth >= this.#options.maxDepth) return;
    this.#queue.push({ path, depth: parent.depth + 1 });
  }
}

async function list(directory: Directory, options: WalkOptions): Promise<Listing> {
  const follow = options.followDirectorySymlinks;
  let realPath = directory.path;
  try {
    if (follow) realPath = await Deno.realPath(directory.path);
    const found = await Array.fromAsync(Deno.readDir(directory.path));
    found.sort((a, b) => compareBytes(a.name, b.name));
    const children: Child[] = [];
    // one more than may be listed, so that it is known whether there were more
    for (const entry of found.slice(0, options.maxEntries + 1)) {
      const toDirectory = follow && entry.isSymlink && await leadsToDirectory(join(directory.path, entry.name));
      const kind = entry.isDirectory || toDirectory ? "directory" : entry.isFile ? "file" : "other";
      children.push({ name: entry.name, kind });
    }
    return { directory, children, realPath };
  } catch (error) {
    return { directory, children: [], realPath, error: toRpcError(error).message };
  }
}

async function leadsToDirectory(link: string): Promise<boolean> {
  try {
    return (await Deno.stat(link)).isDirectory;
  } catch {
    return false;
  }
}

/** The order of the UTF-8 bytes: that of UTF-16 but for surrogates, which come last. */
function compareBytes(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i), y = b.charCodeAt(i);
    if (x === y) continue;
    const xHigh = (x & 0xf800) === 0xd800, yHigh = (y & 0xf800) === 0xd800;
    return xHigh === yHigh ? x - y : xHigh ? 1 : -1;
  }
  return a.length - b.length;
}

function join(directory: string, name: string): string {
  return directory === "/" ? `/${name}` : `${directory}/${name}`;
}
