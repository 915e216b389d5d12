import { type FollowOption, internalError, invalidRequest, TEXTS } from "../../protocol/mod.ts";
import { checkParents } from "./no_follow.ts";
import { isErrno } from "./os_error.ts";

/** Options of {@linkcode remove}. */
export interface RemoveOptions extends FollowOption {
  /** Default true. */
  readonly recursive?: boolean | null | undefined;
  /** A missing path is no error; default true. */
  readonly force?: boolean | null | undefined;
}

/**
 * Removes a file, a link itself, or a directory with all that is in it.
 *
 * Source: exec-server protocol, sections 9.8 and 9.11.
 */
export async function remove(path: string, options: RemoveOptions = {}): Promise<void> {
  const recursive = options.recursive !== false;
  const noFollow = options.followSymlinks === false;
  if (noFollow && recursive) throw internalError(TEXTS.recursiveNoFollow);
  try {
    if (noFollow) {
      await checkParents(path);
      if ((await Deno.lstat(path)).isSymlink) throw invalidRequest(TEXTS.containsSymlink);
    }
    await Deno.remove(path, { recursive });
  } catch (error) {
    if (options.force === false || !isErrno(error, "ENOENT")) throw error;
  }
}
