import { globRegex, modelAccess, type ModelPolicy } from "../sandbox/reference_model.ts";
import { below, namesIn, parent, type Tree } from "./model_tree.ts";

/** Errno numbers, which is all that the model says about a failure. */
export const E = { NOENT: 2, ACCES: 13, BUSY: 16, EXIST: 17, NOTDIR: 20, ISDIR: 21, ROFS: 30, NOTEMPTY: 39, LOOP: 40 };

/** Something the policy or the tree does not let happen; refusals of the policy are told apart. */
export class Failure extends Error {
  constructor(readonly errno: number, readonly refused = false) {
    super(`errno ${errno}`);
  }
}

/** An answer of its own text, which no errno has. */
export class OwnText extends Error {}

/** What came of an operation on a tree: all of it, certainly not all of it, or what the model does not say. */
export type Extent = "done" | "fails" | "depends";

/** Where a path leads. */
interface Spot {
  readonly path: string;
  /** Names after a missing one. */
  readonly rest: readonly string[];
  readonly throughLink: boolean;
}

const PROTECTED = [".git", ".agents", ".codex", ".aws"];

/**
 * What every operation must come to: exec-server permissions 2.2, 2.7, 3.5 and 7 on a tree in memory. It shares nothing
 * with the code it is compared to, and is slow. Operations that change something change the tree.
 */
export class ModelFilesystem {
  #knownGrants: string[] | undefined;
  #knownReserved: string[] | undefined;
  readonly #above = new Map<string, boolean>();
  readonly #access = new Map<string, "none" | "read" | "write">();
  /** Directories when the policy was resolved. */
  readonly #directories: ReadonlySet<string>;

  /** Takes over a tree as it is when the policy is resolved. */
  constructor(public tree: Tree, readonly policy: ModelPolicy) {
    this.#directories = new Set([...tree].filter(([, node]) => node.kind === "directory").map(([path]) => path));
  }

  readFile(path: string): string {
    const { path: at } = this.#walk(path, "all");
    this.#checkRead(at);
    const node = this.tree.get(at);
    if (node === undefined) throw new Failure(E.NOENT);
    if (node.kind !== "file") throw new OwnText();
    return node.content;
  }

  getMetadata(path: string): string {
    return this.tree.get(this.#visible(path))?.kind as string;
  }

  canonicalize(path: string): string {
    return this.#visible(path);
  }

  readDirectory(path: string): string {
    const { path: at } = this.#walk(path, "all");
    return this.#list(at).flatMap((name) => {
      const kind = this.#kindBehind(below(at, name));
      return kind === undefined ? [] : [`${name} ${kind}`];
    }).join("|");
  }

  walk(path: string): string {
    const { path: at } = this.#walk(path, "parents");
    this.#checkVisible(at);
    const found: string[] = [], errors: string[] = [];
    const queue = this.tree.get(at)?.kind === "directory" ? [path] : [];
    for (let directory = queue.shift(); directory !== undefined; directory = queue.shift()) {
      try {
        const real = this.#walk(directory, "parents").path;
        for (const name of this.#list(real)) {
          const kind = this.tree.get(below(real, name))?.kind;
          if (kind === "link") continue;
          found.push(`${below(directory, name)} ${kind}`);
          if (kind === "directory") queue.push(below(directory, name));
        }
      } catch (error) {
        if (!(error instanceof Failure)) throw error;
        errors.push(`${directory} ${error.errno}`);
      }
    }
    return [...found, ...errors].join("|");
  }

  writeFile(path: string, content: string): void {
    const spot = this.#walk(path, "all");
    if (spot.rest.length > 0) throw new Failure(E.NOENT);
    const node = this.tree.get(spot.path);
    if (node === undefined) this.#checkCreate(spot.path);
    else this.#checkWrite(spot.path);
    if (node?.kind === "directory") throw new Failure(E.ISDIR);
    this.tree.set(spot.path, { kind: "file", content });
  }

  createDirectory(path: string, recursive: boolean): void {
    for (;;) {
      const { path: at, rest, throughLink } = this.#walk(path, recursive ? "all" : "parents");
      const node = this.tree.get(at);
      if (node !== undefined) {
        this.#checkPass(at);
        if (!recursive || node.kind !== "directory") throw new Failure(E.EXIST);
        return;
      }
      if (!recursive && rest.length > 0) throw new Failure(E.NOENT);
      if (throughLink) throw new Failure(E.EXIST);
      this.#checkCreate(at);
      this.tree.set(at, { kind: "directory" });
      if (!recursive) return;
    }
  }

  /** What may not go may be met after something that did. */
  remove(path: string, recursive: boolean, force: boolean): Extent {
    const { path: at } = this.#walk(path, "parents");
    const node = this.tree.get(at);
    if (node === undefined) {
      if (force) return "done";
      throw new Failure(E.NOENT);
    }
    if (this.access(at) === "none" && this.#isAbove(at)) throw new Failure(E.BUSY, true);
    this.#checkWrite(at);
    if (this.access(parent(at)) !== "write") throw new Failure(E.BUSY, true);
    if (this.#reserved().some((entry) => entry.startsWith(`${at}/`) && this.tree.has(entry))) {
      throw new Failure(E.BUSY, true);
    }
    const inside = [...this.tree.keys()].filter((other) => other.startsWith(`${at}/`));
    if (!recursive && node.kind === "directory" && inside.length > 0) throw new Failure(E.NOTEMPTY);
    if (inside.some((other) => this.access(other) !== "write")) return "fails";
    for (const gone of [at, ...inside]) this.tree.delete(gone);
    return "done";
  }

  /** How far a tree gets depends on what is at its destination. */
  copy(source: string, destination: string): Extent {
    const { path: from } = this.#walk(source, "parents");
    const node = this.tree.get(from);
    if (node === undefined) throw new Failure(E.NOENT);
    this.#checkRead(from);
    if (node.kind === "directory") {
      const inside = [...this.tree.keys()].filter((other) => other.startsWith(`${from}/`));
      return inside.some((other) => this.access(other) === "none") ? "fails" : "depends";
    }
    if (node.kind === "file") {
      this.writeFile(destination, node.content);
      return "done";
    }
    const to = this.#walk(destination, "parents");
    if (to.rest.length > 0) throw new Failure(E.NOENT);
    if (this.tree.has(to.path)) {
      this.#checkWrite(to.path);
      throw new Failure(E.EXIST);
    }
    this.#checkCreate(to.path);
    this.tree.set(to.path, node);
    return "done";
  }

  /** What the policy grants on a real path. */
  access(path: string): "none" | "read" | "write" {
    let access = this.#access.get(path);
    if (access === undefined) this.#access.set(path, access = modelAccess(this.policy, path));
    return access;
  }

  #visible(path: string): string {
    const { path: at } = this.#walk(path, "all");
    this.#checkVisible(at);
    return at;
  }

  #checkVisible(at: string): void {
    const node = this.tree.get(at);
    if (node === undefined) throw new Failure(E.NOENT);
    if (node.kind !== "directory" || !this.#isAbove(at)) this.#checkRead(at);
  }

  /** A path that ends in a slash or dot names a directory. */
  #walk(path: string, follow: "all" | "parents"): Spot {
    const spot = this.#walkNames(path, follow);
    const kind = this.tree.get(spot.path)?.kind;
    if (/\/\.?$/.test(path) && kind !== undefined && kind !== "directory") throw new Failure(E.NOTDIR);
    return spot;
  }

  /** Component by component; each has to be granted, or lead to a grant, before anything is looked up. */
  #walkNames(path: string, follow: "all" | "parents"): Spot {
    let rest = path.split("/").filter((name) => name !== "" && name !== ".");
    let at = "/", hops = 0, tail = Infinity;
    while (rest.length > 0) {
      const name = rest[0] as string;
      rest = rest.slice(1);
      if (name === "..") {
        at = parent(at);
        continue;
      }
      const next = below(at, name);
      this.#checkPass(next);
      const node = this.tree.get(next);
      if (node === undefined) return { path: next, rest, throughLink: rest.length >= tail };
      if (node.kind === "link" && (rest.length > 0 || follow === "all")) {
        if (++hops > 40) throw new Failure(E.LOOP);
        tail = Math.min(tail, rest.length);
        rest = [...node.target.split("/").filter((part) => part !== "" && part !== "."), ...rest];
        if (node.target.startsWith("/")) at = "/";
        continue;
      }
      if (rest.length > 0 && node.kind !== "directory") throw new Failure(E.NOTDIR);
      at = next;
    }
    return { path: at, rest: [], throughLink: false };
  }

  #list(at: string): string[] {
    const node = this.tree.get(at);
    if (node === undefined) throw new Failure(E.NOENT);
    const onlyAbove = this.access(at) === "none" && this.#isAbove(at);
    if (!onlyAbove) this.#checkRead(at);
    if (node.kind !== "directory") throw new Failure(E.NOTDIR);
    const names = namesIn(this.tree, at);
    return onlyAbove ? names.filter((name) => this.#leadsToGrant(below(at, name))) : names;
  }

  #kindBehind(path: string): string | undefined {
    const node = this.tree.get(path);
    if (node?.kind !== "link") return node?.kind;
    try {
      return this.tree.get(this.#visible(path))?.kind;
    } catch (error) {
      if (error instanceof Failure) return undefined;
      throw error;
    }
  }

  #grants(): string[] {
    return this.#knownGrants ??= this.policy.entries.filter(({ path, access }) =>
      access !== "deny" && !this.#isDeniedEntry(path)
    )
      .map(({ path }) => path).concat(this.#protected()).filter((path) => this.access(path) !== "none");
  }

  /** An entry beside a deny of the same path grants nothing. */
  #isDeniedEntry(path: string): boolean {
    return this.policy.entries.some((entry) => entry.path === path && entry.access === "deny");
  }

  /** Places that stay read-only in writable directories, whether they exist or not. */
  #protected(): string[] {
    const named = new Set(this.policy.entries.filter(({ access }) => access !== "read").map(({ path }) => path));
    return this.policy.entries
      .filter(({ path, access }) => access === "write" && this.#directories.has(path) && !this.#isDeniedEntry(path))
      .flatMap(({ path }) => PROTECTED.map((name) => below(path, name)))
      .filter((path) => !named.has(path));
  }

  #reserved(): string[] {
    return this.#knownReserved ??= [
      ...this.policy.entries.filter(({ access }) => access !== "write").map(({ path }) => path),
      ...this.#protected(),
    ]
      .filter((path) =>
        this.#isDeniedEntry(path) ||
        !this.policy.entries.some((entry) => entry.path === path && entry.access === "write")
      );
  }

  #isAbove(path: string): boolean {
    let above = this.#above.get(path);
    if (above === undefined) {
      const prefix = path === "/" ? "/" : `${path}/`;
      above = this.#grants().some((grant) => grant.startsWith(prefix) && grant !== path);
      this.#above.set(path, above);
    }
    return above;
  }

  #leadsToGrant(path: string): boolean {
    return this.#isAbove(path) || this.#grants().includes(path);
  }

  #refusal(path: string): Failure {
    let denied = false;
    let deepest = -1;
    for (const entry of this.policy.entries) {
      const inside = entry.path === "/" || path === entry.path || path.startsWith(`${entry.path}/`);
      if (!inside || entry.path.length < deepest) continue;
      denied = entry.access === "deny" || (denied && entry.path.length === deepest);
      deepest = entry.path.length;
    }
    for (let at = path; !denied; at = parent(at)) {
      denied = this.policy.denyGlobs.some((glob) => globRegex(glob).test(at));
      if (at === "/") break;
    }
    return new Failure(denied ? E.ACCES : E.NOENT, true);
  }

  #checkPass(path: string): void {
    if (this.access(path) === "none" && !this.#isAbove(path)) throw this.#refusal(path);
  }

  #checkRead(path: string): void {
    if (this.access(path) === "none") throw this.#refusal(path);
  }

  #checkWrite(path: string): void {
    this.#checkRead(path);
    if (this.access(path) !== "write") throw new Failure(E.ROFS, true);
  }

  #checkCreate(path: string): void {
    this.#checkWrite(path);
    this.#checkWrite(parent(path));
    // what a missing read-only or denied path needs above it may not be prepared
    const prefix = `${path}/`;
    for (const reserved of this.#reserved()) {
      if (!reserved.startsWith(prefix)) continue;
      const between = this.policy.entries.some(({ path: entry, access }) =>
        access === "write" && !this.#isDeniedEntry(entry) && (entry === path || entry.startsWith(prefix)) &&
        reserved.startsWith(`${entry}/`)
      );
      if (!between) throw new Failure(E.ROFS, true);
    }
  }
}
