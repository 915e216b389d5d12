import { type PolicyEntry, strongest } from "./policy.ts";

/** The entries of a policy while it is resolved, with the precedence of exec-server permissions, section 2.2. */
export class PolicyDraft {
  readonly #entries = new Map<string, PolicyEntry["access"]>();

  /** Adds an entry; of several for one path deny wins over write, and write over read. */
  add(path: string, access: PolicyEntry["access"]): void {
    this.#entries.set(path, strongest(this.#entries.get(path), access));
  }

  /** The entry for exactly this path. */
  at(path: string): PolicyEntry["access"] | undefined {
    return this.#entries.get(path);
  }

  /** The deepest entry at or above a path. */
  deciding(path: string): PolicyEntry | undefined {
    for (let at = path;; at = at.slice(0, at.lastIndexOf("/")) || "/") {
      const access = this.#entries.get(at);
      if (access !== undefined) return { path: at, access };
      if (at === "/") return undefined;
    }
  }

  /** Whether the entries so far let a path be written. */
  isWritable(path: string): boolean {
    return this.deciding(path)?.access === "write";
  }

  /** Paths that have a write entry. */
  writableRoots(): string[] {
    return [...this.#entries].filter(([, access]) => access === "write").map(([path]) => path).sort();
  }

  /** All entries in the order of their paths. */
  entries(): PolicyEntry[] {
    return [...this.#entries].map(([path, access]) => ({ path, access })).sort((a, b) => a.path < b.path ? -1 : 1);
  }
}
