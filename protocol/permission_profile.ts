/** Whether processes may use the network; file operations never do. */
export type NetworkAccess = "restricted" | "enabled";

/** A path that gets its meaning on the host and from the request. Source: exec-server permissions, section 2.4. */
export type SpecialPath =
  /** `/`. */
  | { readonly kind: "root" }
  /** What programs need to run; read-only whatever the access. */
  | { readonly kind: "minimal" }
  /** Every workspace root, or the cwd of a request that has no list of them. */
  | { readonly kind: "project_roots"; readonly subpath?: string | undefined }
  /** `$TMPDIR`. */
  | { readonly kind: "tmpdir" }
  /** `/tmp`. */
  | { readonly kind: "slash_tmp" }
  /** A token of a newer client: nothing. */
  | { readonly kind: "unknown"; readonly path: string; readonly subpath?: string | undefined };

/** What an entry is about. Source: exec-server permissions, section 1.3. */
export type ProfileTarget =
  | { readonly type: "path"; readonly path: string }
  | { readonly type: "glob_pattern"; readonly pattern: string }
  | { readonly type: "special"; readonly value: SpecialPath };

/** One line of a profile. Source: exec-server permissions, section 1.3. */
export interface ProfileEntry {
  /** What it is about. */
  readonly target: ProfileTarget;
  /** `none` of clients of 0.130 is `deny`. */
  readonly access: "read" | "write" | "deny";
  /** Carried along; a missing path is treated alike with and without it (section 2.3). */
  readonly missingPathBehavior?: "skip" | undefined;
}

/** The files of a managed profile. Source: exec-server permissions, section 1.3. */
export type FileSystemPermissions =
  | { readonly type: "unrestricted" }
  | {
    readonly type: "restricted";
    readonly entries: readonly ProfileEntry[];
    /** Carried along; globs hold at any depth, since they are matched at access time (section 2.5). */
    readonly globScanMaxDepth?: number | undefined;
  };

/** What a request may do. Paths are native. Source: exec-server permissions, section 1.3. */
export type PermissionProfile =
  | { readonly type: "disabled" }
  | { readonly type: "external"; readonly network: NetworkAccess }
  | { readonly type: "managed"; readonly network: NetworkAccess; readonly fileSystem: FileSystemPermissions };

/** A sandbox context as read from a request. Source: exec-server permissions, section 1.2. */
export interface SandboxRequest {
  /** What the request may do. */
  readonly profile: PermissionProfile;
  /** Anchors relative globs, and project_roots when there are no workspace roots. */
  readonly cwd?: string | undefined;
  /** What project_roots stands for; undefined when the request names none, which is not the same as an empty list. */
  readonly workspaceRoots?: readonly string[] | undefined;
  /** Of no meaning here, but `mxc` is refused (section 1.2). */
  readonly windowsSandboxLevel: "disabled" | "restricted-token" | "elevated" | "mxc";
  /** Refused when something is restricted (section 3.6). */
  readonly useLegacyLandlock: boolean;
}

/** Starts a glob pattern that holds in every workspace root (section 1.3). */
export const PROJECT_ROOTS_GLOB_PREFIX = "codex-project-roots://";

/** Entries of a profile that restricts files; undefined for the others. Source: exec-server permissions, section 2.1. */
export function restrictedEntries(profile: PermissionProfile): readonly ProfileEntry[] | undefined {
  if (profile.type !== "managed" || profile.fileSystem.type !== "restricted") return undefined;
  return profile.fileSystem.entries;
}

/**
 * Whether a profile has no meaning without a cwd: an entry for project_roots, or a pattern that is not absolute.
 *
 * Source: exec-server permissions, section 1.5.
 */
export function needsCwd(profile: PermissionProfile): boolean {
  return restrictedEntries(profile)?.some(({ target }) =>
    target.type === "special"
      ? target.value.kind === "project_roots"
      : target.type === "glob_pattern" && !target.pattern.startsWith("/")
  ) ?? false;
}
