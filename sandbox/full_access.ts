import type { ProfileEntry, ProfileTarget } from "./profile.ts";

/**
 * Whether a restricted profile lets everything be read: its root may be read and nothing at all is denied.
 *
 * Source: exec-server permissions, section 2.1.
 */
export function grantsFullRead(entries: readonly ProfileEntry[]): boolean {
  return entries.some(({ target, access }) => access !== "deny" && isRoot(target)) &&
    entries.every(({ access }) => access !== "deny");
}

/**
 * Whether a restricted profile lets everything be written: its root may be written and no entry narrows that. Stricter
 * than the original for a deny beside a write of the same path, which denies (section 2.2) and so narrows.
 *
 * Source: exec-server permissions, section 2.1.
 */
export function grantsFullWrite(entries: readonly ProfileEntry[]): boolean {
  const written = new Set(entries.filter(({ access }) => access === "write").map(({ target }) => targetKey(target)));
  const narrows = ({ target, access }: ProfileEntry): boolean => {
    if (access === "write") return false;
    if (target.type === "special" && (target.value.kind === "minimal" || target.value.kind === "unknown")) return false;
    if (access === "deny" || target.type === "glob_pattern") return true;
    return !isRoot(target) && !written.has(targetKey(target));
  };
  return entries.some(({ target, access }) => access === "write" && isRoot(target)) && !entries.some(narrows);
}

function isRoot(target: ProfileTarget): boolean {
  return target.type === "special" && target.value.kind === "root";
}

function targetKey(target: ProfileTarget): string {
  if (target.type === "path") return target.path;
  if (target.type === "glob_pattern") return `glob ${target.pattern}`;
  return `${target.value.kind} ${"subpath" in target.value ? target.value.subpath ?? "" : ""}`;
}
