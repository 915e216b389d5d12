import { invalidParams } from "../protocol/errors.ts";
import { LIMITS } from "../protocol/limits.ts";
import { concreteEntries, PLATFORM_DEFAULTS } from "./concrete_entries.ts";
import { absolutePatterns, withRealPrefix } from "./deny_patterns.ts";
import { grantsFullRead, grantsFullWrite } from "./full_access.ts";
import type { HostFacts } from "./host_facts.ts";
import { crossedLink, crossesLink } from "./link_crossing.ts";
import { type LinkTrace, traceLinks } from "./link_trace.ts";
import { ObservedFacts } from "./observed_facts.ts";
import { checkCwd } from "./parse_sandbox.ts";
import { type Policy, type PolicyEntry, strongest } from "./policy.ts";
import { PolicyDraft } from "./policy_draft.ts";
import { type ProfileEntry, restrictedEntries, type SandboxRequest } from "./profile.ts";
import { protectMetadata } from "./protected_metadata.ts";

/** A profile with the request it came with, as far as its meaning depends on it. */
export type ResolveInput = Pick<SandboxRequest, "profile" | "cwd" | "workspaceRoots">;

/** How a profile is resolved. */
export interface ResolveOptions {
  /**
   * Whether `minimal` is granted to a profile that does not ask for it and may not read everything: file operations get
   * it, processes do not (exec-server permissions, sections 3.2 and 4.1). Default true.
   */
  readonly platformDefaults?: boolean;
}

interface TracedEntry extends PolicyEntry {
  readonly trace: LinkTrace;
}

/** Everything may be read and written: what a profile that restricts no files resolves to. */
export const UNRESTRICTED_POLICY: Policy = {
  entries: [{ path: "/", access: "write" }],
  denyGlobs: [],
  fullRead: true,
  fullWrite: true,
};

/**
 * Resolves a profile to concrete paths as the disk is now: special paths, workspace roots, links, platform defaults,
 * protected metadata and globs. Two requests may share a helper exactly when this gives the same (see policyKey).
 *
 * Source: exec-server permissions, section 2. What links lead to counts, since a policy speaks about real paths; the
 * path as written keeps a read entry, so that the way to the real one stays open.
 *
 * @throws {RpcError} -32602 without a cwd that the profile needs, or for more than is bearable, -32603 for what cannot be enforced
 */
export function resolvePolicy(input: ResolveInput, host: HostFacts, options: ResolveOptions = {}): Policy {
  checkCwd(input);
  const profileEntries = restrictedEntries(input.profile);
  if (profileEntries === undefined) return UNRESTRICTED_POLICY;
  const facts = host instanceof ObservedFacts ? host : new ObservedFacts(host);
  const written = profileEntries.flatMap((entry) => concreteEntries(entry, input, facts));
  checkCount("entries", written.length, LIMITS.maxProfileEntries);
  // a subpath that is refused turns into a deny that the profile does not show
  const denies = written.some(({ access }) => access === "deny");
  const fullRead = grantsFullRead(profileEntries) && !denies;
  if (grantsFullWrite(profileEntries) && !denies) return { ...UNRESTRICTED_POLICY, fullRead };

  const traced = written.map((entry): TracedEntry => ({ ...entry, trace: traceLinks(entry.path, facts) }));
  const writable = traced.filter(({ access }) => access === "write").flatMap(({ path, trace }) => [path, trace.real]);
  const draft = draftOf(traced, writable);
  const wantsDefaults = options.platformDefaults !== false || profileEntries.some(asksForDefaults);
  if (!fullRead && wantsDefaults) addPlatformDefaults(draft, facts.host);
  protectMetadata(draft, facts);
  const denyGlobs = profileEntries.flatMap(({ target, access }) =>
    target.type === "glob_pattern" && access === "deny"
      ? absolutePatterns(target.pattern, input, facts).flatMap((glob) => withRealPrefix(glob, writable, facts))
      : []
  );
  checkCount("deny globs", denyGlobs.length, LIMITS.maxDenyGlobs);
  return { entries: draft.entries(), denyGlobs: [...new Set(denyGlobs)].sort(), fullRead, fullWrite: false };
}

/** Workspace roots multiply what a profile says. */
function checkCount(what: string, count: number, most: number): void {
  if (count > most) {
    throw invalidParams(`params.sandbox: too many ${what} with all workspace roots: ${count}, at most ${most}`);
  }
}

/** Section 2.3: links, missing paths and precedence. */
function draftOf(traced: readonly TracedEntry[], writable: readonly string[]): PolicyDraft {
  const draft = new PolicyDraft();
  const missing = new Map<string, "read" | "write">();
  const crossing: { path: string; real: string; link: string }[] = [];
  for (const { path, access, trace } of traced) {
    const link = crossedLink(trace, writable);
    if (link !== undefined && access !== "write") {
      throw crossesLink(access === "deny" ? "deny-read" : "read-only", path, link);
    }
    if (link !== undefined) crossing.push({ path, real: trace.real, link });
    else if (access === "deny") { for (const denied of [path, trace.real]) draft.add(denied, "deny"); }
    else if (trace.exists) draft.add(trace.real, access);
    else missing.set(trace.real, strongest(missing.get(trace.real), access) as "read" | "write");
  }
  addMissing(draft, missing);
  for (const { path, real, link } of crossing) if (!draft.isWritable(real)) throw crossesLink("write", path, link);
  for (const { access, trace } of traced) if (access !== "deny" && trace.exists) openWay(draft, trace);
  return draft;
}

/**
 * A missing grant is skipped, so that nothing is granted by being created later, but below a writable root it may narrow
 * or keep what is granted anyway. Parents come first.
 */
function addMissing(draft: PolicyDraft, missing: ReadonlyMap<string, "read" | "write">): void {
  const parentsFirst = [...missing].sort(([a], [b]) => a.length - b.length);
  for (const [path, access] of parentsFirst) if (draft.isWritable(path)) draft.add(path, access);
}

/** The way a grant was written stays open up to its links; what nobody wrote does not reach into a denied place. */
function openWay(draft: PolicyDraft, { spellings }: LinkTrace): void {
  for (const [i, spelling] of spellings.entries()) {
    const access = draft.deciding(spelling)?.access;
    if (access === undefined || (i === 0 && access === "deny")) draft.add(spelling, "read");
  }
}

function asksForDefaults({ target, access }: ProfileEntry): boolean {
  return target.type === "special" && target.value.kind === "minimal" && access !== "deny";
}

/**
 * Section 2.4: they only add to what no entry speaks about, or only one for the root that denies. Who may
 * change them may change everything, so nobody looks whether they are still the same.
 */
function addPlatformDefaults(draft: PolicyDraft, host: HostFacts): void {
  const traces = PLATFORM_DEFAULTS.map((path) => ({ path, ...traceLinks(path, host) })).filter(({ exists }) => exists);
  for (const part of [...traces.map(({ path }) => path), ...traces.map(({ real }) => real)]) {
    const decided = draft.deciding(part);
    if (decided === undefined || (decided.path === "/" && decided.access === "deny")) draft.add(part, "read");
  }
}
