import { Errno } from "../posix/errno.ts";
import { isErrno, OsError } from "../posix/os_error.ts";
import type { OpenFile } from "./disk.ts";
import type { Guard } from "./guard.ts";
import type { Place, Walker } from "./walker.ts";

const SWAP_ATTEMPTS = 16;

/** Runs a step again when something was swapped between looking and opening. */
function again<T>(step: () => T): T {
  for (let attempt = 1;; attempt++) {
    try {
      return step();
    } catch (error) {
      if (!(error instanceof Swapped)) throw error;
      if (attempt === SWAP_ATTEMPTS) throw new OsError(Errno.ELOOP);
    }
  }
}

/** A link or something else stands there now. */
class Swapped extends Error {}

/** What opens files. */
export interface Opener {
  readonly walker: Walker;
  readonly guard: Guard;
}

/**
 * Opens a regular file to read it.
 *
 * @param locate is called again when something was swapped
 * @param refusal is thrown for anything else that is no link
 */
export function openToRead({ walker, guard }: Opener, locate: () => Place, refusal: Error): OpenFile {
  return again(() => {
    using place = locate();
    guard.checkRead(place);
    const { facts } = requirePresent(place);
    if (facts.kind === "link") throw new OsError(Errno.ELOOP);
    if (facts.kind !== "file") throw refusal;
    return openSame(walker, guard, place, "read", 0);
  });
}

/**
 * Opens a regular file to write it, and makes it when it is missing; its content stays.
 *
 * @param locate is called again when something was swapped
 * @param permissions of a new file, less the umask
 */
export function openToWrite({ walker, guard }: Opener, locate: () => Place, permissions: number): OpenFile {
  return again(() => {
    using place = locate();
    if (place.rest.length > 0) throw new OsError(Errno.ENOENT);
    const kind = place.facts?.kind;
    if (kind === undefined) guard.checkCreate(place);
    else guard.checkWrite(place);
    if (kind === "link") throw new OsError(Errno.ELOOP);
    if (kind === "directory") throw new OsError(Errno.EISDIR);
    // a fifo without a reader answers so, too; nothing but regular files is ever opened
    if (kind === "other") throw new OsError(Errno.ENXIO);
    return openSame(walker, guard, place, kind === undefined ? "create" : "write", permissions);
  });
}

function openSame(walker: Walker, guard: Guard, place: Place, mode: "read" | "write" | "create", permissions: number) {
  let file: OpenFile;
  try {
    file = walker.disk.open(place.directory, place.name, mode, permissions);
  } catch (error) {
    const swapped = isErrno(error, Errno.ELOOP) || (mode !== "read" && isErrno(error, Errno.EISDIR)) ||
      (mode !== "create" && isErrno(error, Errno.ENOENT)) || isErrno(error, Errno.ENXIO);
    throw swapped ? new Swapped() : error;
  }
  try {
    if (file.facts.kind !== "file") throw new Swapped();
    const isNew = place.facts === undefined;
    if (!isNew && file.facts.identity !== place.facts.identity) throw new Swapped();
    // what appeared in between may be a carried object
    const spot = isNew ? walker.describe(file.facts, place) : place;
    if (mode === "read") guard.checkRead(spot);
    else guard.checkWrite(spot);
    return file;
  } catch (error) {
    file.close();
    throw error;
  }
}

/** A place at which there is something. @throws {OsError} ENOENT when the name is missing */
export function requirePresent(place: Place): Place & { readonly facts: NonNullable<Place["facts"]> } {
  if (place.facts === undefined) throw new OsError(Errno.ENOENT);
  return place as Place & { readonly facts: NonNullable<Place["facts"]> };
}
