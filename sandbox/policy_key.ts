import type { Policy } from "./policy.ts";

/**
 * A text that is the same exactly for policies that mean the same entry by entry, in whatever order these stand. It holds
 * paths, so it never goes into logs.
 *
 * Source: design, section 3.
 */
export function policyKey({ entries, denyGlobs, fullRead, fullWrite }: Policy): string {
  const byPath = entries.map(({ path, access }) => [path, access]).sort(([a = ""], [b = ""]) => a < b ? -1 : 1);
  return JSON.stringify([byPath, [...denyGlobs].sort(), fullRead, fullWrite]);
}
