import type { NetworkAccess, ProfileEntry, ProfileTarget, SandboxRequest, SpecialPath } from "./permission_profile.ts";
import { gitdirOf, type ProjectionDisk, PROTECTED_NAMES } from "./protected_names.ts";

/**
 * A sandbox policy of the older kind. It is on no wire; users of the library turn it into a profile.
 *
 * Source: exec-server permissions, section 1.8.
 */
export type SandboxPolicy =
  | { readonly type: "danger-full-access" }
  | { readonly type: "read-only"; readonly network_access?: boolean }
  | { readonly type: "external-sandbox"; readonly network_access?: NetworkAccess }
  | {
    readonly type: "workspace-write";
    readonly writable_roots?: readonly string[];
    readonly network_access?: boolean;
    readonly exclude_tmpdir_env_var?: boolean;
    readonly exclude_slash_tmp?: boolean;
  };

type WorkspaceWrite = Extract<SandboxPolicy, { type: "workspace-write" }>;

/**
 * A legacy policy as a request for an explicit working directory, which is also its only workspace root. What is
 * protected in the writable roots is looked up on the disk.
 *
 * Source: exec-server permissions, section 1.8.
 *
 * @throws {TypeError} for a cwd or writable root that is not absolute
 */
export function projectSandboxPolicy(policy: SandboxPolicy, cwd: string, disk: ProjectionDisk): SandboxRequest {
  checkAbsolute("cwd", cwd);
  const base = { cwd, workspaceRoots: [cwd], windowsSandboxLevel: "disabled", useLegacyLandlock: false } as const;
  if (policy.type === "danger-full-access") return { ...base, profile: { type: "disabled" } };
  if (policy.type === "external-sandbox") {
    return { ...base, profile: { type: "external", network: policy.network_access ?? "restricted" } };
  }
  const entries = policy.type === "read-only" ? [readRoot()] : workspaceEntries(policy, cwd, disk);
  const network = policy.network_access === true ? "enabled" : "restricted";
  return { ...base, profile: { type: "managed", network, fileSystem: { type: "restricted", entries } } };
}

function workspaceEntries(policy: WorkspaceWrite, cwd: string, disk: ProjectionDisk): ProfileEntry[] {
  const roots = policy.writable_roots ?? [];
  for (const root of roots) checkAbsolute("writable root", root);
  const entries = [readRoot(), special({ kind: "project_roots" }, "write")];
  if (policy.exclude_slash_tmp !== true) entries.push(special({ kind: "slash_tmp" }, "write"));
  if (policy.exclude_tmpdir_env_var !== true) entries.push(special({ kind: "tmpdir" }, "write"));
  for (const path of roots) entries.push({ target: { type: "path", path }, access: "write" });
  for (const subpath of PROTECTED_NAMES) {
    entries.push({ ...special({ kind: "project_roots", subpath }, "read"), missingPathBehavior: "skip" });
  }
  const readOnly = [
    ...roots.flatMap((root) => readOnlySubpaths(root, disk, false)),
    ...readOnlySubpaths(cwd, disk, true),
  ];
  for (const path of readOnly) {
    const target: ProfileTarget = { type: "path", path };
    if (!entries.some((entry) => isSameTarget(entry.target, target))) entries.push({ target, access: "read" });
  }
  return entries;
}

/** What is read-only in a writable root by default, on the disk as it is. */
function readOnlySubpaths(root: string, disk: ProjectionDisk, isCwd: boolean): string[] {
  const found: string[] = [];
  const kindOf = (name: string) => disk.lstat(`${root}/${name}`)?.kind;
  const git = kindOf(".git");
  if (git === "directory" || git === "file") found.push(`${root}/.git`);
  const gitdir = gitdirOf(root, disk);
  if (gitdir !== undefined && disk.lstat(gitdir) !== undefined) found.push(gitdir);
  if (kindOf(".agents") === "directory") found.push(`${root}/.agents`);
  if (isCwd || kindOf(".codex") === "directory") found.push(`${root}/.codex`);
  return found;
}

function readRoot(): ProfileEntry {
  return special({ kind: "root" }, "read");
}

function special(value: SpecialPath, access: "read" | "write"): ProfileEntry {
  return { target: { type: "special", value }, access };
}

function isSameTarget(a: ProfileTarget, b: ProfileTarget): boolean {
  return a.type === "path" && b.type === "path" && a.path === b.path;
}

function checkAbsolute(what: string, path: string): void {
  if (!path.startsWith("/")) {
    throw new TypeError(`The ${what} of a sandbox policy must be absolute: ${JSON.stringify(path)}`);
  }
}
