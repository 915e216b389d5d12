import { type Filesystem, normalizePath, type SandboxContext } from "../../../protocol/mod.ts";
import { type FileChange, PatchError } from "./patch.ts";

/** Where a patch is applied. */
export interface PatchTarget {
  /** The files of the environment. */
  readonly filesystem: Filesystem;
  /** What relative paths start from; absolute. */
  readonly cwd: string;
  /** Profile every operation runs under. */
  readonly sandbox?: SandboxContext | undefined;
}

/** A change with absolute paths. */
export interface ResolvedChange {
  /** What is done. */
  readonly change: FileChange;
  /** The file it is done to. */
  readonly path: string;
  /** The file's new name. */
  readonly moveTo: string | undefined;
}

/** Resolves the paths of changes. @throws {PatchError} when a file is named twice, or cannot exist */
export function resolveChanges(changes: readonly FileChange[], cwd: string): ResolvedChange[] {
  const targets = new Set<string>();
  const claim = (path: string) => {
    if (targets.has(path)) throw new PatchError(`invalid patch: multiple operations target ${path}`);
    targets.add(path);
  };
  return changes.map((change) => {
    const path = resolvePath(cwd, change.path);
    const moveTo = change.type === "update" && change.moveTo !== undefined
      ? resolvePath(cwd, change.moveTo)
      : undefined;
    claim(path);
    // two files under one name would lose one of them
    if (moveTo !== undefined && moveTo !== path) claim(moveTo);
    return { change, path, moveTo };
  });
}

function resolvePath(cwd: string, path: string): string {
  if (path.includes("\0")) throw new PatchError(`'${path}' is invalid on 'linux'`);
  return normalizePath(path.startsWith("/") ? path : `${cwd}/${path}`);
}
