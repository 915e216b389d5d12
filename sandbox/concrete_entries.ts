import { normalizePath } from "../protocol/path_uri.ts";
import { projectRootEntries } from "../protocol/project_roots.ts";
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
  if (target.value.kind === "project_roots") return projectRootEntries(target.value.subpath, access, request);
  return pathsOf(target.value, host).map((path) => ({ path: normalizePath(path), access }));
}

function pathsOf(special: Exclude<SpecialPath, { kind: "project_roots" }>, host: HostFacts) {
  switch (special.kind) {
    case "root":
      return ["/"];
    case "tmpdir":
      return host.tmpdir?.startsWith("/") && !host.tmpdir.includes("\0") ? [host.tmpdir] : [];
    case "slash_tmp":
      return host.lstat(traceLinks("/tmp", host).real)?.kind === "directory" ? ["/tmp"] : [];
    case "minimal":
    case "unknown":
      return [];
  }
}
