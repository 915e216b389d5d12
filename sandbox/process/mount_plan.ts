import { internalError } from "../../protocol/errors.ts";
import type { HostFacts } from "../host_facts.ts";
import { traceLinks } from "../link_trace.ts";
import { isAtOrBelow, type Policy, type PolicyEntry } from "../policy.ts";
import { PROTECTED_NAMES } from "../protected_metadata.ts";

/** One step that makes a policy true in a mount namespace of its own; they are taken in order. */
export type MountStep =
  /**
   * The disk at its own place, from `path` down. One inside a writable place must be bound by what it is now: whoever
   * may write there could put a link in its place.
   */
  | { readonly kind: "bind"; readonly path: string; readonly access: "read" | "write"; readonly inside: boolean }
  /** A link that leads to something granted, where its directory is not. */
  | { readonly kind: "link"; readonly path: string; readonly text: string }
  /** An empty directory nobody can look into; with `passable` what is mounted below can be reached. */
  | { readonly kind: "maskDirectory"; readonly path: string; readonly passable: boolean }
  /** An empty file nobody can open. */
  | { readonly kind: "maskFile"; readonly path: string };

/** A missing name that must not be created: it is occupied on the disk while processes run. */
export interface Placeholder {
  /** Absolute path; its directory exists. */
  readonly path: string;
  /** Protected names become directories, everything else a file (exec-server permissions, section 2.3). */
  readonly kind: "directory" | "file";
}

/** How a policy looks as mounts. */
export interface MountPlan {
  /** What everything else is mounted on: nothing, or the whole disk. */
  readonly base: "empty" | "read" | "write";
  /** Parents come before what lies below them. */
  readonly steps: readonly MountStep[];
  /** Have to exist before the steps are taken. */
  readonly placeholders: readonly Placeholder[];
}

/** What a plan looks up. */
export type MountFacts = Pick<HostFacts, "lstat" | "readLink">;

/** Whether what is at a path only occupies it for other runs, so that it counts as missing. */
export type IsPlaceholder = (placeholder: Placeholder) => boolean;
type Effective = PolicyEntry["access"] | "none";

/** Places that every sandbox gets its own of. */
const OWN_PLACES = ["/proc", "/dev"];

/**
 * Turns a resolved policy into mounts. Pure but for what it looks up.
 *
 * Source: exec-server permissions, sections 2.3, 2.6 and 8. In addition every directory between a writable root and what
 * is read-only or denied below it is mounted onto itself: a mount point cannot be renamed, so nothing carries a secret
 * out of its entry (section 5.5).
 *
 * @param policy resolved without platform defaults
 * @param denied existing paths that deny globs match
 * @param facts of the disk as it is
 * @throws {RpcError} -32603 for a deny that a process cannot be held to
 */
export function planMounts(
  policy: Policy,
  denied: readonly string[],
  facts: MountFacts,
  isPlaceholder: IsPlaceholder = () => false,
): MountPlan {
  return new Planner(policy, denied, withoutPlaceholders(facts, isPlaceholder)).plan();
}

function withoutPlaceholders(facts: MountFacts, isPlaceholder: IsPlaceholder): MountFacts {
  return {
    readLink: (path) => facts.readLink(path),
    lstat(path) {
      const found = facts.lstat(path);
      if (found?.kind !== "directory" && found?.kind !== "file") return found;
      return isPlaceholder({ path, kind: found.kind }) ? undefined : found;
    },
  };
}

class Planner {
  readonly #entries: readonly PolicyEntry[];
  readonly #access: ReadonlyMap<string, PolicyEntry["access"]>;
  readonly #facts: MountFacts;
  readonly #steps = new Map<string, MountStep>();
  readonly #placeholders = new Map<string, Placeholder>();

  constructor(policy: Policy, denied: readonly string[], facts: MountFacts) {
    const masks = outermost(denied);
    const kept = policy.entries.filter(({ path }) => !masks.some((mask) => isAtOrBelow(path, mask)));
    const entries = [...kept, ...masks.map((path): PolicyEntry => ({ path, access: "deny" }))];
    this.#entries = entries.sort((a, b) => a.path < b.path ? -1 : 1);
    this.#access = new Map(entries.map(({ path, access }) => [path, access]));
    this.#facts = facts;
  }

  plan(): MountPlan {
    const root = this.#access.get("/");
    for (const entry of this.#entries) if (entry.path !== "/") this.#mount(entry);
    return {
      base: root === "read" || root === "write" ? root : "empty",
      steps: [...this.#steps.values()].sort((a, b) => a.path < b.path ? -1 : 1),
      placeholders: [...this.#placeholders.values()],
    };
  }

  #mount({ path, access }: PolicyEntry): void {
    if (isAtOrBelow(path, "/proc") && !this.#isMaskOfProc(path, access)) return;
    if (path === "/dev" && access !== "deny") return;
    const above = this.#effective(parentOf(path));
    if (access !== "deny") this.#openLinks(path);
    const trace = traceLinks(path, this.#facts);
    // where a link leads to has an entry of its own
    if (trace.links.length > 0) return;
    if (!trace.exists) {
      if (above === "write" && access !== "write") this.#occupy(path);
      return;
    }
    if (access === "write") return this.#bind(path, access);
    if (above === "write") this.#holdParents(path);
    if (access === "read") {
      if (above !== "read") this.#bind(path, access);
    } else if (above === "read" || above === "write") {
      this.#mask(path);
    }
  }

  /**
   * Processes get a /proc of their own: what is granted in the other one is not in it, and what is denied in it is masked
   * as far as it is no process.
   */
  #isMaskOfProc(path: string, access: PolicyEntry["access"]): boolean {
    if (access !== "deny" || this.#effective(parentOf(path)) === "none") return false;
    if (path === "/proc" || /^\/proc\/(\d|self|thread-self)/.test(path)) {
      throw internalError(`cannot enforce sandbox deny-read path ${path} for processes`);
    }
    return true;
  }

  #bind(path: string, access: "read" | "write"): void {
    this.#add({ kind: "bind", path, access, inside: this.#effective(parentOf(path)) === "write" });
  }

  #mask(path: string): void {
    if (this.#facts.lstat(path)?.kind !== "directory") return this.#add({ kind: "maskFile", path });
    const passable = this.#entries.some((entry) =>
      entry.access !== "deny" && entry.path !== path && isAtOrBelow(entry.path, path)
    );
    this.#add({ kind: "maskDirectory", path, passable });
  }

  /** The first missing component stands in for all that is missing below it. */
  #occupy(path: string): void {
    let first = path;
    for (let at = path; this.#facts.lstat(at) === undefined && at !== "/"; at = parentOf(at)) first = at;
    // what is no directory lets nothing be created below it
    if (this.#facts.lstat(parentOf(first))?.kind !== "directory") return;
    const name = first.slice(first.lastIndexOf("/") + 1);
    const isProtected = PROTECTED_NAMES.includes(name) && this.#access.get(first) === "read";
    this.#placeholders.set(first, { path: first, kind: isProtected ? "directory" : "file" });
    this.#holdParents(first);
    this.#bind(first, "read");
  }

  /** Makes mount points of the writable directories above a path. */
  #holdParents(path: string): void {
    for (let at = parentOf(path); at !== "/"; at = parentOf(at)) {
      if (this.#access.has(at) || OWN_PLACES.includes(at) || this.#effective(at) !== "write") continue;
      this.#bind(at, "write");
    }
  }

  /** Shows the links on the way to something granted whose own place is not granted. */
  #openLinks(path: string): void {
    for (const link of traceLinks(path, this.#facts).links) {
      const text = this.#facts.readLink(link);
      if (text === undefined || this.#effective(parentOf(link)) !== "none") continue;
      this.#add({ kind: "link", path: link, text });
    }
  }

  #effective(path: string): Effective {
    for (let at = path;; at = parentOf(at)) {
      const access = this.#access.get(at);
      // at the root a deny is how an allow-list is written
      if (at === "/") return access === "deny" ? "none" : access ?? "none";
      if (access !== undefined) return access;
    }
  }

  #add(step: MountStep): void {
    this.#steps.set(step.path, this.#steps.get(step.path) ?? step);
  }
}

function outermost(paths: readonly string[]): string[] {
  const kept: string[] = [];
  for (const path of [...paths].sort()) if (!kept.some((other) => isAtOrBelow(path, other))) kept.push(path);
  return kept;
}

function parentOf(path: string): string {
  return path.slice(0, path.lastIndexOf("/")) || "/";
}
