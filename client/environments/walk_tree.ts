import { type DirectoryEntry, type Filesystem, LIMITS, type SandboxOption } from "../../protocol/mod.ts";
import { childPath, metadataIfThere } from "./find_up.ts";
import { pipeline } from "./pipeline.ts";

/** Bounds of {@linkcode walkTree}. */
export interface WalkTreeOptions extends SandboxOption {
  /** 0 lists the root's children only; default no bound. */
  readonly maxDepth?: number;
  /** Whether links to directories are entered; default false, and then trees have no loops. */
  readonly followDirectorySymlinks?: boolean;
  /** Says whether a directory is entered; it is yielded in any case. */
  readonly enter?: (path: string) => boolean;
}

/** Something below the root of a walk. */
export interface WalkTreeEntry {
  /** Absolute native path. */
  readonly path: string;
  /** What it is, or what its link leads to. */
  readonly kind: "directory" | "file";
}

/**
 * Lists a tree breadth first, the names of each directory sorted, as it is read. Unlike `fs/walk` it has no bound on
 * what it returns, and every executor can do it; directories of one depth are read at once. Directories that are gone when
 * their turn comes are left out.
 *
 * @throws {RpcError} when a directory cannot be read
 */
export async function* walkTree(
  filesystem: Filesystem,
  root: string,
  options: WalkTreeOptions = {},
): AsyncGenerator<WalkTreeEntry, void, void> {
  const { maxDepth = Infinity, followDirectorySymlinks = false, enter = () => true, sandbox } = options;
  let level = [root];
  for (let depth = 0; level.length > 0; depth++) {
    const next: string[] = [];
    for await (const { directory, entries } of pipeline(level, LIMITS.maxPipelinedCalls, read)) {
      for (const { fileName, isDirectory } of entries) {
        const path = childPath(directory, fileName);
        yield { path, kind: isDirectory ? "directory" : "file" };
        if (isDirectory && depth < maxDepth && enter(path)) next.push(path);
      }
    }
    level = followDirectorySymlinks ? next : await withoutLinks(next);
  }

  async function read(directory: string): Promise<{ directory: string; entries: DirectoryEntry[] }> {
    const entries = await filesystem.readDirectory(directory, { sandbox });
    const known = entries.filter(({ isDirectory, isFile }) => isDirectory || isFile);
    return { directory, entries: known.sort((a, b) => a.fileName < b.fileName ? -1 : 1) };
  }

  async function withoutLinks(paths: readonly string[]): Promise<string[]> {
    const kept: string[] = [];
    const looked = pipeline(paths, LIMITS.maxPipelinedCalls, async (path) => ({
      path,
      metadata: await metadataIfThere(filesystem, path, { sandbox }),
    }));
    for await (const { path, metadata } of looked) {
      if (metadata?.isDirectory && !metadata.isSymlink) kept.push(path);
    }
    return kept;
  }
}
