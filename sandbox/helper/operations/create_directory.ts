import { Errno } from "../../posix/errno.ts";
import { isErrno, OsError } from "../../posix/os_error.ts";
import type { Opener } from "../files.ts";
import type { OperationContext, Parameters, Steps } from "../operation.ts";
import type { Place } from "../walker.ts";

/** Makes a directory, with its parents unless `recursive` is false. */
// deno-lint-ignore require-yield -- every operation is one, and this has nothing to wait for
export function* createDirectory({ path, recursive, follow }: Parameters, context: OperationContext): Steps {
  const mode = follow === false ? "never" : recursive === false ? "parents" : "all";
  makeDirectories(context, () => context.walker.resolve(path, mode), recursive !== false, follow !== false);
  return {};
}

/** The same in one step. @param locate is called again for each directory that was made */
export function makeDirectories(
  { walker, guard }: Opener,
  locate: () => Place,
  recursive: boolean,
  follow: boolean,
): void {
  for (;;) {
    using place = locate();
    if (place.facts !== undefined) return requireDirectory(place, recursive, follow, () => guard.checkPass(place));
    if (!recursive && place.rest.length > 0) throw new OsError(Errno.ENOENT);
    // a link that leads nowhere is in the way
    if (place.throughLink) throw new OsError(Errno.EEXIST);
    guard.checkCreate(place);
    try {
      walker.disk.makeDirectory(place.directory, place.name);
    } catch (error) {
      if (!recursive || !isErrno(error, Errno.EEXIST)) throw error;
    }
    if (place.rest.length === 0 && !recursive) return;
  }
}

function requireDirectory({ facts }: Place, recursive: boolean, follow: boolean, check: () => void): void {
  check();
  if (!recursive) throw new OsError(Errno.EEXIST);
  if (facts?.kind !== "directory") throw new OsError(follow ? Errno.EEXIST : Errno.ENOTDIR);
}
