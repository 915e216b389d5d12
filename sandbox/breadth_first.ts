import type { WalkOptions } from "../protocol/filesystem.ts";

/** A directory of a walk. */
export interface WalkDirectory {
  /** As the walk came to it, links in it. */
  readonly path: string;
  /** 0 for the root. */
  readonly depth: number;
}

/** What a directory of a walk holds. */
export interface WalkListing {
  /** Names in the order of {@linkcode compareNames}; read as far as needed. */
  readonly children: Iterable<{ readonly name: string; readonly kind: "directory" | "file" | "other" }>;
  /** Tells directories that were seen already; only needed when links are followed. */
  readonly realPath: string;
  /** Why it could not be listed. */
  readonly error?: string;
}

/**
 * The order and the bounds of `fs/walk`: breadth first, without the root. Every name looked at counts towards
 * `maxEntries`, also those that are not listed.
 *
 * Source: exec-server protocol, section 9.12.
 */
export class BreadthFirst {
  /** What was found so far; may be emptied. */
  readonly entries: { path: string; kind: "directory" | "file" }[] = [];
  /** Directories that could not be listed. */
  readonly errors: { path: string; message: string }[] = [];
  /** Whether a bound ended the walk. */
  truncated = false;
  readonly #options: Omit<WalkOptions, "sandbox">;
  readonly #queue: WalkDirectory[];
  readonly #visited = new Set<string>();
  #next = 0;
  #directories = 0;
  #seen = 0;

  /** Begins at a directory. */
  constructor(root: string, options: Omit<WalkOptions, "sandbox">) {
    this.#options = options;
    this.#queue = [{ path: root, depth: 0 }];
  }

  /** The directories to list next, at most `count`; none when the walk is over. */
  take(count: number): WalkDirectory[] {
    if (this.truncated) return [];
    const room = Math.max(1, this.#options.maxDirectories - this.#directories);
    const taken = this.#queue.slice(this.#next, this.#next + Math.min(room, count));
    this.#next += taken.length;
    return taken;
  }

  /** Says what a directory holds, in the order in which they were taken. */
  enter(directory: WalkDirectory, { children, realPath, error }: WalkListing): void {
    if (this.truncated) return;
    if (this.#options.followDirectorySymlinks) {
      if (this.#visited.has(realPath)) return;
      this.#visited.add(realPath);
    }
    this.truncated = this.#directories >= this.#options.maxDirectories;
    if (this.truncated) return;
    this.#directories++;
    if (error !== undefined) this.errors.push({ path: directory.path, message: error });
    for (const { name, kind } of children) {
      this.truncated = this.#seen >= this.#options.maxEntries;
      if (this.truncated) return;
      this.#seen++;
      if (kind !== "other") this.#add(directory, name, kind);
    }
  }

  #add(parent: WalkDirectory, name: string, kind: "directory" | "file"): void {
    const path = parent.path === "/" ? `/${name}` : `${parent.path}/${name}`;
    this.entries.push({ path, kind });
    const pruned = this.#options.pruneHiddenDirectories && name.startsWith(".");
    if (kind === "file" || pruned || parent.depth >= this.#options.maxDepth) return;
    this.#queue.push({ path, depth: parent.depth + 1 });
  }
}

/** The order of the UTF-8 bytes: that of UTF-16 but for surrogates, which come last. */
export function compareNames(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i), y = b.charCodeAt(i);
    if (x === y) continue;
    const xHigh = (x & 0xf800) === 0xd800, yHigh = (y & 0xf800) === 0xd800;
    return xHigh === yHigh ? x - y : xHigh ? 1 : -1;
  }
  return a.length - b.length;
}
