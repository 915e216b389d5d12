import type { Policy } from "../../sandbox/policy.ts";
import type { HostFacts } from "../../sandbox/host_facts.ts";
import type { PermissionProfile, ProfileEntry, SpecialPath } from "../../sandbox/profile.ts";
import { resolvePolicy } from "../../sandbox/resolve.ts";

type Access = ProfileEntry["access"];

const SPECIAL: Readonly<Record<string, SpecialPath>> = {
  ":root": { kind: "root" },
  ":minimal": { kind: "minimal" },
  ":project_roots": { kind: "project_roots" },
  ":tmpdir": { kind: "tmpdir" },
  ":slash_tmp": { kind: "slash_tmp" },
  ":unknown": { kind: "unknown", path: ":future" },
};

/**
 * An entry in short: `w /path`, `r :root`, `d :project_roots/sub`, `d glob:/r/*.env`. The spaces after the first belong
 * to the path.
 */
export function entry(short: string): ProfileEntry {
  const access: Access = short.startsWith("r") ? "read" : short.startsWith("w") ? "write" : "deny";
  const text = short.slice(2);
  if (text.startsWith("glob:")) return { access, target: { type: "glob_pattern", pattern: text.slice(5) } };
  if (text.startsWith("/")) return { access, target: { type: "path", path: text } };
  const slash = text.indexOf("/");
  const value = SPECIAL[slash === -1 ? text : text.slice(0, slash)];
  if (value === undefined) throw new Error(`no such special path: ${text}`);
  if (slash === -1) return { access, target: { type: "special", value } };
  return { access, target: { type: "special", value: { kind: "project_roots", subpath: text.slice(slash + 1) } } };
}

/** A managed, restricted profile of entries in short. */
export function profile(...entries: string[]): PermissionProfile {
  return {
    type: "managed",
    network: "restricted",
    fileSystem: { type: "restricted", entries: entries.map(entry) },
  };
}

/** Where a profile comes from, for {@linkcode resolve}. */
export interface Situation {
  readonly host: HostFacts;
  readonly cwd?: string;
  readonly workspaceRoots?: readonly string[];
  readonly platformDefaults?: boolean;
}

/** Resolves entries in short, without platform defaults unless asked for. */
export function resolve(situation: Situation, ...entries: string[]): Policy {
  const { host, platformDefaults = false, ...request } = situation;
  return resolvePolicy({ ...request, profile: profile(...entries) }, host, { platformDefaults });
}

/** The entries of a policy in short: `w /path`. */
export function entriesOf({ entries }: Policy): string[] {
  return entries.map(({ path, access }) => `${access[0]} ${path}`);
}
