import type { SandboxContext } from "./filesystem.ts";
import { formatPath, type PathForm } from "./path_uri.ts";
import { needsCwd, type PermissionProfile, type ProfileEntry, type SandboxRequest } from "./permission_profile.ts";
import { projectRootEntries } from "./project_roots.ts";

/**
 * Writes a sandbox context for a server of either generation: URIs, `deny` and `policyContext` for 0.169, native paths,
 * `none` and concrete workspace roots for 0.130 (which would take project_roots for its cwd).
 *
 * Source: exec-server permissions, sections 0.1, 0.10 and 1.2.
 */
export function encodeSandbox(request: SandboxRequest, form: PathForm): SandboxContext {
  const { profile, cwd, workspaceRoots, windowsSandboxLevel, useLegacyLandlock } = request;
  const permissions = encodeProfile(profile, request, form);
  const common = { permissions, windowsSandboxLevel, useLegacyLandlock };
  const anchor = cwd === undefined ? {} : { cwd: formatPath(cwd, form) };
  if (form === "native") return { ...common, ...(needsCwd(profile) && anchor) };
  const roots = (workspaceRoots ?? (cwd === undefined ? [] : [cwd])).map((root) => formatPath(root, form));
  const context = { ...anchor, workspaceRoots: roots };
  return { ...common, ...(needsCwd(profile) && context), policyContext: context };
}

function encodeProfile(profile: PermissionProfile, request: SandboxRequest, form: PathForm): Record<string, unknown> {
  if (profile.type !== "managed") return { ...profile };
  const { type, network, fileSystem } = profile;
  if (fileSystem.type === "unrestricted") return { type, network, file_system: { type: "unrestricted" } };
  const entries = form === "native"
    ? fileSystem.entries.flatMap((entry) => withoutProjectRoots(entry, request))
    : fileSystem.entries;
  const depth = fileSystem.globScanMaxDepth;
  const file_system = {
    type: "restricted",
    entries: entries.map((entry) => encodeEntry(entry, form)),
    ...(depth !== undefined && { glob_scan_max_depth: depth }),
  };
  return { type, network, file_system };
}

function withoutProjectRoots(entry: ProfileEntry, request: SandboxRequest): ProfileEntry[] {
  const { target } = entry;
  if (target.type !== "special" || target.value.kind !== "project_roots") return [entry];
  return projectRootEntries(target.value.subpath, entry.access, request).map(({ path, access }) => ({
    ...entry,
    target: { type: "path", path },
    access,
  }));
}

function encodeEntry({ target, access, missingPathBehavior }: ProfileEntry, form: PathForm): Record<string, unknown> {
  return {
    path: target.type === "path" ? { type: "path", path: formatPath(target.path, form) } : target,
    access: access === "deny" && form === "native" ? "none" : access,
    ...(missingPathBehavior !== undefined && { missing_path_behavior: missingPathBehavior }),
  };
}
