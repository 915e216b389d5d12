import { isAtOrBelow } from "./policy.ts";

const SLASH = 47;

/** One path of Deno's permission list. */
export interface FlagEntry {
  readonly path: string;
  readonly kind: "allow" | "deny";
}

/** What Deno keeps for one permission. */
export interface DenoPermissionList {
  /** In the order in which they are looked at. */
  readonly entries: readonly FlagEntry[];
  /** Where each path stands. */
  readonly positions: ReadonlyMap<string, number>;
}

/**
 * Deno's list for one permission, in the order Deno itself would keep it: all allows are inserted by binary search, then
 * all denies. The order it searches by is not transitive, so an entry may end up where a broader one stands before it.
 *
 * Source: Deno 2.9.6 sandbox facts, section 1.3, checked against the binary in tests/sandbox/deno_flags_binary_test.ts.
 */
export function denoPermissionList(allow: readonly string[], deny: readonly string[]): DenoPermissionList {
  const entries: FlagEntry[] = [];
  for (const path of allow) insert(entries, { path, kind: "allow" });
  for (const path of deny) insert(entries, { path, kind: "deny" });
  const positions = new Map<string, number>();
  for (const [i, { path }] of entries.entries()) if (!positions.has(path)) positions.set(path, i);
  return { entries, positions };
}

/** Whether Deno grants an absolute, normalised path: the first entry of the list at or above it decides. */
export function denoGrants({ entries, positions }: DenoPermissionList, path: string): boolean {
  let first = positions.get("/") ?? Infinity;
  for (let at = path; at !== ""; at = at.slice(0, at.lastIndexOf("/"))) {
    first = Math.min(first, positions.get(at) ?? Infinity);
  }
  return entries[first]?.kind === "allow";
}

function insert(list: FlagEntry[], entry: FlagEntry): void {
  if (list.length === 0) {
    list.push(entry);
    return;
  }
  let base = 0;
  for (let size = list.length; size > 1;) {
    const half = size >> 1;
    const middle = base + half;
    if (compare(list[middle] as FlagEntry, entry) <= 0) base = middle;
    size -= half;
  }
  const order = compare(list[base] as FlagEntry, entry);
  if (order !== 0) list.splice(base + (order < 0 ? 1 : 0), 0, entry);
}

function compare(a: FlagEntry, b: FlagEntry): number {
  if (a.kind !== b.kind) {
    return a.kind === "allow" ? compareAllowDeny(a.path, b.path) : -compareAllowDeny(b.path, a.path);
  }
  if (a.path === b.path) return 0;
  if (isAtOrBelow(b.path, a.path)) return 1;
  if (isAtOrBelow(a.path, b.path)) return -1;
  return compareComponents(a.path, b.path);
}

function compareAllowDeny(allow: string, deny: string): number {
  if (isAtOrBelow(deny, allow)) return 1;
  if (isAtOrBelow(allow, deny)) return -1;
  return 1;
}

/**
 * Rust compares paths by components, and components by the bytes of their UTF-8. That is to compare the whole with the
 * slash before everything else, and what takes two units of UTF-16 after it, as code points sort.
 */
function compareComponents(a: string, b: string): number {
  for (let i = 0; i < a.length && i < b.length; i++) {
    const x = a.charCodeAt(i), y = b.charCodeAt(i);
    if (x !== y) return rank(x) - rank(y);
  }
  return a.length - b.length;
}

function rank(unit: number): number {
  return unit === SLASH ? -1 : unit >= 0xd800 && unit < 0xe000 ? unit + 0x10000 : unit;
}
