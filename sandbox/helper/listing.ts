import { Errno } from "../posix/errno.ts";
import { OsError } from "../posix/os_error.ts";
import type { Kind } from "./disk.ts";
import { type Guard, joinPath } from "./guard.ts";
import { requirePresent } from "./files.ts";
import type { Place, Walker } from "./walker.ts";

/** One name of a directory that a peer may see. */
export interface Listed {
  readonly name: string;
  /** Links are not followed. */
  readonly kind: Kind;
}

/**
 * All names of the directory at a place. Of one that is only above a grant, the names that lead to grants.
 *
 * @throws {OsError} ENOTDIR for anything but a directory
 */
export function listPlace(walker: Walker, guard: Guard, place: Place): Listed[] {
  const { facts, path } = requirePresent(place);
  const onlyAbove = guard.isAboveGrant(path) && guard.access(path) === "none";
  if (onlyAbove) guard.checkPass(place);
  else guard.checkRead(place);
  if (facts.kind !== "directory") throw new OsError(Errno.ENOTDIR);
  if (onlyAbove) return listAbove(walker, guard, place);
  const listed: Listed[] = [];
  const unknown: string[] = [];
  for (const { name, kind } of walker.disk.list(place.directory, place.name)) {
    if (kind === undefined) unknown.push(name);
    else listed.push({ name, kind });
  }
  for (const name of unknown) listed.push({ name, kind: kindOf(walker, joinPath(path, name)) ?? "other" });
  return listed;
}

/** The directory itself cannot be opened under Landlock; the names are those of the policy. */
function listAbove(walker: Walker, guard: Guard, { path }: Place): Listed[] {
  const prefix = path === "/" ? "/" : `${path}/`;
  const names = new Set<string>();
  for (const granted of guard.granted) {
    if (granted !== prefix && granted.startsWith(prefix)) {
      names.add(granted.slice(prefix.length).split("/", 1)[0] as string);
    }
  }
  return [...names].flatMap((name) => {
    const kind = kindOf(walker, joinPath(path, name));
    return kind === undefined ? [] : [{ name, kind }];
  });
}

/** What a name in a listed directory is; undefined when it is gone. */
function kindOf(walker: Walker, path: string): Kind | undefined {
  try {
    using place = walker.resolveReal(path, "parents");
    return place.facts?.kind;
  } catch (error) {
    if (error instanceof OsError) return undefined;
    throw error;
  }
}

/** Where a link leads, if that may be seen. */
export function kindBehind(walker: Walker, guard: Guard, path: string): Kind | undefined {
  try {
    using place = walker.resolveReal(path, "all");
    if (place.facts === undefined) return undefined;
    if (place.facts.kind !== "directory" || !guard.isAboveGrant(place.path)) guard.checkRead(place);
    return place.facts.kind;
  } catch (error) {
    if (error instanceof OsError) return undefined;
    throw error;
  }
}
