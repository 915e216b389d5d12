import { compileGlob, type Glob } from "./glob.ts";

/** What a policy grants on a path. */
export type Access = "none" | "read" | "write";

/** One path of a policy; it speaks for everything below it that has no deeper entry. */
export interface PolicyEntry {
  /** Absolute and normalised native path. */
  readonly path: string;
  /** Write includes read. */
  readonly access: "read" | "write" | "deny";
}

/**
 * A resolved permission profile: concrete paths only, at most one entry each.
 *
 * Source: exec-server permissions, section 2.2.
 */
export interface Policy {
  /** The deepest one at or above a path decides; where there is none, nothing is granted. */
  readonly entries: readonly PolicyEntry[];
  /** Absolute patterns, matched at access time on the real path; a match denies the path and everything below it. */
  readonly denyGlobs: readonly string[];
  /** Every path may be read (section 2.1). */
  readonly fullRead: boolean;
  /** Every path may be written (section 2.1). */
  readonly fullWrite: boolean;
}

/** A policy prepared for many questions. */
interface Index {
  readonly entries: ReadonlyMap<string, PolicyEntry["access"]>;
  /** Lengths of the entries' paths without that of the root, longest first: only there an entry can end. */
  readonly lengths: readonly number[];
  readonly root: PolicyEntry["access"] | undefined;
  readonly globs: readonly Glob[];
}

const SLASH = 47;
const indexes = new WeakMap<Policy, Index>();

/**
 * What a policy grants on an absolute, normalised path: the deepest entry at or above it decides, and a deny glob that
 * matches it or a directory above it denies. Pure; the policy must not be changed after the first question.
 *
 * Source: exec-server permissions, sections 2.2 and 2.5.
 */
export function accessOf(policy: Policy, path: string): Access {
  const index = indexOf(policy);
  const access = decidingAccess(index, path);
  if (access === undefined || access === "deny" || matchesAny(index.globs, path)) return "none";
  return access;
}

/**
 * Whether a path is denied by name, by an entry or a glob, and not merely granted by nothing: the answers differ
 * (exec-server permissions, section 3.5).
 */
export function isDenied(policy: Policy, path: string): boolean {
  const index = indexOf(policy);
  return decidingAccess(index, path) === "deny" || matchesAny(index.globs, path);
}

function decidingAccess({ entries, lengths, root }: Index, path: string): PolicyEntry["access"] | undefined {
  for (const length of lengths) {
    if (length > path.length) continue;
    const whole = length === path.length;
    if (!whole && path.charCodeAt(length) !== SLASH) continue;
    const access = entries.get(whole ? path : path.slice(0, length));
    if (access !== undefined) return access;
  }
  return root;
}

function matchesAny(globs: readonly Glob[], path: string): boolean {
  for (const glob of globs) if (glob.matches(path)) return true;
  return false;
}

function indexOf(policy: Policy): Index {
  let index = indexes.get(policy);
  if (index === undefined) {
    index = buildIndex(policy);
    indexes.set(policy, index);
  }
  return index;
}

const STRENGTH = { read: 0, write: 1, deny: 2 } as const;

function buildIndex(policy: Policy): Index {
  const entries = new Map<string, PolicyEntry["access"]>();
  for (const { path, access } of policy.entries) entries.set(path, strongest(entries.get(path), access));
  const root = entries.get("/");
  entries.delete("/");
  const lengths = [...new Set([...entries.keys()].map((path) => path.length))].sort((a, b) => b - a);
  return { entries, lengths, root, globs: policy.denyGlobs.map(compileGlob) };
}

/** The one of two accesses for the same path that decides: deny, then write, then read (section 2.2). */
export function strongest(
  a: PolicyEntry["access"] | undefined,
  b: PolicyEntry["access"],
): PolicyEntry["access"] {
  return a === undefined || STRENGTH[b] > STRENGTH[a] ? b : a;
}

/** Whether an absolute, normalised path is another one or lies below it. */
export function isAtOrBelow(path: string, root: string): boolean {
  if (root === "/") return true;
  return path.startsWith(root) && (path.length === root.length || path.charCodeAt(root.length) === SLASH);
}
