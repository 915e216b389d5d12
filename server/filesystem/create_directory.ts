import type { FollowOption } from "../../protocol/mod.ts";
import { checkParents, parentsOf } from "./no_follow.ts";
import { isErrno, osError } from "./os_error.ts";

/** Options of {@linkcode createDirectory}. */
export interface CreateDirectoryOptions extends FollowOption {
  /** Default true. */
  readonly recursive?: boolean | null | undefined;
}

/**
 * Makes a directory with mode 0777 less the umask. Recursive, an existing directory is fine.
 *
 * Source: exec-server protocol, sections 9.5 and 9.11.
 */
export async function createDirectory(path: string, options: CreateDirectoryOptions = {}): Promise<void> {
  const recursive = options.recursive !== false;
  if (options.followSymlinks !== false) return await Deno.mkdir(path, { recursive });
  if (!recursive) {
    await checkParents(path);
    return await Deno.mkdir(path);
  }
  for (const directory of parentsOf(path)) await makeUnlessThere(directory);
  await makeUnlessThere(path);
}

async function makeUnlessThere(path: string): Promise<void> {
  try {
    await Deno.mkdir(path);
  } catch (error) {
    if (!isErrno(error, "EEXIST")) throw error;
    if (!(await Deno.lstat(path)).isDirectory) throw osError("ENOTDIR");
  }
}
