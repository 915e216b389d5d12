import { displayName } from "../../posix/names.ts";
import { OsError } from "../../posix/os_error.ts";
import { requirePresent } from "../files.ts";
import { joinPath } from "../guard.ts";
import { kindBehind, type Listed, listPlace } from "../listing.ts";
import type { OperationContext, Parameters, Steps } from "../operation.ts";

const ENTRIES_AT_ONCE = 1000;

interface Directory {
  readonly path: string;
  readonly depth: number;
}

interface Listing {
  readonly children: readonly Listed[];
  readonly realPath: string;
  readonly error?: string;
}

/** Lists a tree breadth first, names in byte order, without the root. */
export function* walk(parameters: Parameters, context: OperationContext): Steps {
  const follow = parameters.followDirectorySymlinks === true;
  {
    using root = context.walker.resolve(parameters.path, follow ? "all" : "parents");
    const { facts } = requirePresent(root);
    if (facts.kind !== "directory" || !context.guard.isAboveGrant(root.path)) context.guard.checkRead(root);
    if (facts.kind !== "directory") return { errors: [], truncated: false };
  }
  return yield* new Walk(parameters, context).run();
}

class Walk {
  readonly #options: Required<Pick<Parameters, "maxDepth" | "maxDirectories" | "maxEntries">> & Parameters;
  readonly #context: OperationContext;
  readonly #queue: Directory[] = [];
  readonly #visited = new Set<string>();
  readonly #errors: { path: string; message: string }[] = [];
  #entries: { path: string; kind: "directory" | "file" }[] = [];
  #directories = 0;
  #seen = 0;

  constructor(options: Parameters, context: OperationContext) {
    this.#options = { maxDepth: 0, maxDirectories: 1, maxEntries: 1, ...options };
    this.#context = context;
  }

  *run(): Steps {
    this.#queue.push({ path: this.#options.path.replace(/(?<=.)\/+$/, ""), depth: 0 });
    let truncated = false;
    for (let next = 0; next < this.#queue.length && !truncated; next++) {
      const directory = this.#queue[next] as Directory;
      truncated = !this.#enter(directory, this.#list(directory));
      if (this.#entries.length >= ENTRIES_AT_ONCE) this.#flush();
      yield;
    }
    this.#flush();
    return { errors: this.#errors, truncated };
  }

  #flush(): void {
    if (this.#entries.length > 0) this.#context.part(this.#entries);
    this.#entries = [];
  }

  /** @returns false when nothing more may be listed */
  #enter(directory: Directory, { children, realPath, error }: Listing): boolean {
    if (this.#options.followDirectorySymlinks) {
      if (this.#visited.has(realPath)) return true;
      this.#visited.add(realPath);
    }
    if (this.#directories >= this.#options.maxDirectories) return false;
    this.#directories++;
    if (error !== undefined) this.#errors.push({ path: displayName(directory.path), message: error });
    for (const { name, kind } of children) {
      if (this.#seen >= this.#options.maxEntries) return false;
      this.#seen++;
      const path = joinPath(directory.path, name);
      const toDirectory = kind === "directory" || (kind === "link" && this.#leadsToDirectory(path));
      if (toDirectory || kind === "file") this.#add(directory, path, name, toDirectory ? "directory" : "file");
    }
    return true;
  }

  #add(parent: Directory, path: string, name: string, kind: "directory" | "file"): void {
    this.#entries.push({ path: displayName(path), kind });
    const pruned = this.#options.pruneHiddenDirectories && name.startsWith(".");
    if (kind === "file" || pruned || parent.depth >= this.#options.maxDepth) return;
    this.#queue.push({ path, depth: parent.depth + 1 });
  }

  #list({ path }: Directory): Listing {
    const { walker, guard } = this.#context;
    try {
      using place = walker.resolveReal(path, this.#options.followDirectorySymlinks ? "all" : "parents");
      const children = listPlace(walker, guard, place);
      children.sort((a, b) => compareBytes(a.name, b.name));
      return { children, realPath: place.path };
    } catch (error) {
      if (!(error instanceof OsError)) throw error;
      return { children: [], realPath: path, error: error.message };
    }
  }

  #leadsToDirectory(path: string): boolean {
    const { walker, guard } = this.#context;
    return this.#options.followDirectorySymlinks === true && kindBehind(walker, guard, path) === "directory";
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
