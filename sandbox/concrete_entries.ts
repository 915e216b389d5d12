import { normalizePath } from "../protocol/path_uri.ts";
import type { HostFacts } from "./host_facts.ts";
import { traceLinks } from "./link_trace.ts";
import type { PolicyEntry } from "./policy.ts";
import type { ProfileEntry, SandboxRequest, SpecialPath } from "./profile.ts";

/**
 * What programs need to run: read-only for whoever asks for `minimal`, and for file operations unless everything may be
 * read anyway.
 *
 * Source: exec-server permissions, sections 0.5 and 2.4.
 */
export const PLATFORM_DEFAULTS: readonly string[] = [
  "/bin",
  "/sbin",
  "/usr",
  "/etc",
  "/lib",
  "/lib64",
  "/nix/store",
  "/run/current-system/sw",
];

/**
 * What project_roots stands for: the workspace roots when the request lists them, even none, else its cwd.
 *
 * Source: design, section 2; exec-server permissions, section 0.10.
 */
export function projectRoots({ cwd, workspaceRoots }: Pick<SandboxRequest, "cwd" | "workspaceRoots">): string[] {
  return [...workspaceRoots ?? (cwd === undefined ? [] : [cwd])];
}

/**
 * The paths a profile entry stands for, as written: links are not looked at. Globs, `minimal` and tokens of newer
 * clients stand for none.
 *
 * Source: exec-server permissions, section 2.4. A subpath that could lead out of its root drops a write entry, and turns
 * a read or deny entry into a deny of the whole root.
 */
export function concreteEntries(
  { target, access }: ProfileEntry,
  request: Pick<SandboxRequest, "cwd" | "workspaceRoots">,
  host: HostFacts,
): PolicyEntry[] {
  if (target.type === "path") return [{ path: normalizePath(target.path), access }];
  if (target.type === "glob_pattern") return [];
  if (target.value.kind === "project_roots" && !isClean(target.value.subpath)) {
    return access === "write" ? [] : projectRoots(request).map((path) => ({ path, access: "deny" }));
  }
  return pathsOf(target.value, request, host).map((path) => ({ path: normalizePath(path), access }));
}

function pathsOf(special: SpecialPath, request: Pick<SandboxRequest, "cwd" | "workspaceRoots">, host: HostFacts) {
  switch (special.kind) {
    case "root":
      return ["/"];
    case "project_roots":
      return projectRoots(request).map((root) => `${root}/${special.subpath ?? ""}`);
    case "tmpdir":
      return host.tmpdir?.startsWith("/") && !host.tmpdir.includes("\0") ? [host.tmpdir] : [];
    case "slash_tmp":
      return host.lstat(traceLinks("/tmp", host).real)?.kind === "directory" ? ["/tmp"] : [];
    case "minimal":
    case "unknown":
      return [];
  }
}

function isClean(subpath: string | undefined): boolean {
  if (subpath === undefined) return true;
  return !subpath.startsWith("/") && !/(^|\/)\.\.?(\/|$)/.test(subpath) && !subpath.includes("\0");
}
