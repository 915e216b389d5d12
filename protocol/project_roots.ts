import { normalizePath } from "./path_uri.ts";
import type { ProfileEntry, SandboxRequest } from "./permission_profile.ts";

/** What a special path for project_roots is resolved with. */
export type ProjectRootsContext = Pick<SandboxRequest, "cwd" | "workspaceRoots">;

/**
 * What project_roots stands for: the workspace roots when the request lists them, even none, else its cwd.
 *
 * Source: design, section 2; exec-server permissions, section 0.10.
 */
export function projectRoots({ cwd, workspaceRoots }: ProjectRootsContext): string[] {
  return [...workspaceRoots ?? (cwd === undefined ? [] : [cwd])];
}

/**
 * The paths an entry for project_roots stands for. A subpath that could lead out of its root drops a write entry, and
 * turns a read or deny entry into a deny of the whole root.
 *
 * Source: exec-server permissions, section 2.4.
 */
export function projectRootEntries(
  subpath: string | undefined,
  access: ProfileEntry["access"],
  context: ProjectRootsContext,
): { path: string; access: ProfileEntry["access"] }[] {
  const roots = projectRoots(context);
  if (isClean(subpath)) return roots.map((root) => ({ path: normalizePath(`${root}/${subpath ?? ""}`), access }));
  return access === "write" ? [] : roots.map((path) => ({ path, access: "deny" }));
}

function isClean(subpath: string | undefined): boolean {
  if (subpath === undefined) return true;
  return !subpath.startsWith("/") && !/(^|\/)\.\.?(\/|$)/.test(subpath) && !subpath.includes("\0");
}
