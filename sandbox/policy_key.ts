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

/**
 * The key of a policy together with what its paths stand for now: a root that was removed and made again, exchanged, or
 * appeared gives another one, since a helper is bound to the objects it started with.
 *
 * Source: design, section 3.
 *
 * @param identify gives the identity of what a path stands for, as in FileFacts; undefined for a missing one
 */
export function identifiedPolicyKey(policy: Policy, identify: (path: string) => string | undefined): string {
  const identities = policy.entries.map(({ path }) => path).sort().map((path) => identify(path) ?? "-");
  return `${policyKey(policy)} ${identities.join(" ")}`;
}
