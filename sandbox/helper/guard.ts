import { Errno } from "../posix/errno.ts";
import { Refusal } from "../posix/os_error.ts";
import { type Access, accessOf, isDenied, type Policy } from "../policy.ts";

const MAX_REMEMBERED = 8192;

/** How much of what a path grants is left for an object that was carried there; "none" is a denied object. */
export type Cap = Access;

/** What a walk came across. */
export interface Spot {
  /** Real path. */
  readonly path: string;
  readonly cap: Cap;
}

/**
 * Decides about real paths. Every answer is a pure function of the policy.
 *
 * What is not granted does not exist (ENOENT), a readable place is read-only (EROFS), a denied one is closed (EACCES).
 */
export class Guard {
  /** What it decides by. */
  readonly policy: Policy;
  readonly #access = new Map<string, Access>();
  readonly #entries = new Map<string, "read" | "write" | "deny">();
  /** All directories above a read or write entry. */
  readonly #above = new Set<string>();
  readonly #granted: readonly string[];
  /** Read-only and denied places that have no write entry between them and these directories above. */
  readonly #aboveReserved = new Set<string>();

  /** Prepares a policy for many questions. */
  constructor(policy: Policy) {
    this.policy = policy;
    for (const { path, access } of policy.entries) {
      const other = this.#entries.get(path);
      if (other === undefined || other === "read" || access === "deny") this.#entries.set(path, access);
    }
    // one that a glob denies leads nowhere, so that what is above it is not opened for it
    this.#granted = [...this.#entries.keys()].filter((path) => this.access(path) !== "none");
    for (const path of this.#granted) for (const parent of parentsOf(path)) this.#above.add(parent);
    for (const [path, access] of this.#entries) {
      if (access === "write") continue;
      for (const parent of parentsOf(path).reverse()) {
        if (this.#entries.get(parent) === "write") break;
        this.#aboveReserved.add(parent);
      }
    }
  }

  /** What the policy grants at a path. */
  access(path: string): Access {
    let access = this.#access.get(path);
    if (access === undefined) {
      access = accessOf(this.policy, path);
      if (this.#access.size >= MAX_REMEMBERED) this.#access.clear();
      this.#access.set(path, access);
    }
    return access;
  }

  /** The entry for exactly this path. */
  entry(path: string): "read" | "write" | "deny" | undefined {
    return this.#entries.get(path);
  }

  /** Paths of read and write entries that no glob denies. */
  get granted(): readonly string[] {
    return this.#granted;
  }

  /** Whether something below a path is granted, so that the directory itself is no secret. */
  isAboveGrant(path: string): boolean {
    return this.#above.has(path);
  }

  /** Lets a walk pass what is granted, or lies above a grant. @throws {Refusal} */
  checkPass({ path, cap }: Spot): void {
    if (cap === "none") throw new Refusal(Errno.EACCES);
    if (this.access(path) === "none" && !this.#above.has(path)) throw this.#absence(path);
  }

  /** Lets content be read. @throws {Refusal} */
  checkRead({ path, cap }: Spot): void {
    if (cap === "none") throw new Refusal(Errno.EACCES);
    if (this.access(path) === "none") throw this.#absence(path);
  }

  /** Lets what is there be changed. @throws {Refusal} */
  checkWrite(spot: Spot): void {
    this.checkRead(spot);
    if (spot.cap !== "write" || this.access(spot.path) !== "write") throw new Refusal(Errno.EROFS);
  }

  /** Lets a name appear: also its directory must be writable, and it must not be reserved. @throws {Refusal} */
  checkCreate(spot: Spot): void {
    this.checkWrite(spot);
    this.checkWrite({ path: parentOf(spot.path), cap: spot.cap });
    // else a missing read-only or denied path could be prepared from above
    if (this.#aboveReserved.has(spot.path)) throw new Refusal(Errno.EROFS);
  }

  /** Lets a name disappear. @throws {Refusal} EBUSY for what the policy itself is anchored at */
  checkRemove(spot: Spot): void {
    if (this.access(spot.path) === "none" && this.#above.has(spot.path)) throw new Refusal(Errno.EBUSY);
    this.checkWrite(spot);
    const parent = parentOf(spot.path);
    if (spot.path === parent || this.access(parent) !== "write") throw new Refusal(Errno.EBUSY);
  }

  /** Read-only and denied entries below a path. */
  reservedBelow(path: string): string[] {
    const prefix = path === "/" ? "/" : `${path}/`;
    return [...this.#entries].filter(([entry, access]) => access !== "write" && entry.startsWith(prefix)).map(([p]) =>
      p
    );
  }

  #absence(path: string): Refusal {
    return new Refusal(isDenied(this.policy, path) ? Errno.EACCES : Errno.ENOENT);
  }
}

/** The directory above a path; that of the root is the root. */
export function parentOf(path: string): string {
  return path.slice(0, path.lastIndexOf("/")) || "/";
}

/** All directories above a path, the root first. */
export function parentsOf(path: string): string[] {
  const parents: string[] = [];
  for (let at = path; at !== "/";) {
    at = parentOf(at);
    parents.unshift(at);
  }
  return parents;
}

/** A name in a directory. */
export function joinPath(directory: string, name: string): string {
  return directory === "/" ? `/${name}` : `${directory}/${name}`;
}

/** The lesser of two. */
export function lesser(a: Access, b: Access): Access {
  return a === "none" || b === "none" ? "none" : a === "read" || b === "read" ? "read" : "write";
}
