import type { PolicyEntry } from "../../sandbox/policy.ts";
import type { ModelEntry } from "./reference_model.ts";

const NAMES = ["a", "b", "ab", "a b", "é", ".git", ".env", "c.env", "x,y", "z"];
const PIECES = ["a", "b", "*", "?", "**/", "/", "[ab]", "[!a]", ".", "*.env", "\\", "[", "]", "é", "**"];
const ACCESS = ["read", "write", "deny"] as const;

/** A random element. */
export function pick<T>(random: () => number, list: readonly T[]): T {
  return list[Math.floor(random() * list.length)] as T;
}

/** An absolute path of few different names, so that random paths meet. */
export function randomPath(random: () => number, maxDepth = 5, names: readonly string[] = NAMES): string {
  const depth = Math.floor(random() * (maxDepth + 1));
  return `/${Array.from({ length: depth }, () => pick(random, names)).join("/")}`;
}

/** Entries of random depth; some paths come twice. */
export function randomEntries(random: () => number, max: number, names: readonly string[] = NAMES): ModelEntry[] {
  return Array.from({ length: Math.floor(random() * (max + 1)) }, () => ({
    path: randomPath(random, 4, names),
    access: pick(random, ACCESS),
  }));
}

/** At most one entry for a path. */
export function uniqueEntries(entries: readonly ModelEntry[]): PolicyEntry[] {
  return [...new Map(entries.map((entry) => [entry.path, entry])).values()];
}

/** An absolute pattern of random pieces; most are odd. */
export function randomGlob(random: () => number): string {
  const length = 1 + Math.floor(random() * 5);
  return `/${Array.from({ length }, () => pick(random, PIECES)).join("")}`.replaceAll(/\/{2,}/g, "/");
}
