import { normalizePath } from "./path_uri.ts";

/** What a projection of a legacy policy looks up on a disk. */
export interface ProjectionDisk {
  /** Facts of the name itself, links not followed; undefined when there is nothing. */
  lstat(path: string): { readonly kind: string } | undefined;
  /** The first bytes of a file as text; undefined when it cannot be read. */
  readStart(path: string): string | undefined;
}

/** Names directly below a writable root that stay read-only, existing or not. Source: permissions, section 2.6. */
export const PROTECTED_NAMES: readonly string[] = [".git", ".agents", ".codex", ".aws"];

/** Where the `.git` file of a directory points to: `gitdir: TARGET`, relative to the directory. */
export function gitdirOf(root: string, disk: ProjectionDisk): string | undefined {
  const pointer = below(root, ".git");
  if (disk.lstat(pointer)?.kind !== "file") return undefined;
  const text = disk.readStart(pointer)?.trim() ?? "";
  const colon = text.indexOf(":");
  const target = text.slice(colon + 1).trim();
  if (colon === -1 || text.slice(0, colon).trim() !== "gitdir" || target === "" || target.includes("\0")) {
    return undefined;
  }
  return normalizePath(target.startsWith("/") ? target : below(root, target));
}

function below(root: string, name: string): string {
  return root === "/" ? `/${name}` : `${root}/${name}`;
}
