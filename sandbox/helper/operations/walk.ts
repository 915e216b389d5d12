import { BreadthFirst, compareNames, type WalkDirectory, type WalkListing } from "../../breadth_first.ts";
import { displayName } from "../../posix/names.ts";
import { OsError } from "../../posix/os_error.ts";
import { requirePresent } from "../files.ts";
import { joinPath } from "../guard.ts";
import { kindBehind, type Listed, listPlace } from "../listing.ts";
import type { OperationContext, Parameters, Steps } from "../operation.ts";

const ENTRIES_AT_ONCE = 1000;

/** Lists a tree breadth first, names in byte order, without the root. */
export function* walk(parameters: Parameters, context: OperationContext): Steps {
  const follow = parameters.followDirectorySymlinks === true;
  {
    using root = context.walker.resolve(parameters.path, follow ? "all" : "parents");
    const { facts } = requirePresent(root);
    if (facts.kind !== "directory" || !context.guard.isAboveGrant(root.path)) context.guard.checkRead(root);
    if (facts.kind !== "directory") return { errors: [], truncated: false };
  }
  const { path, maxDepth = 0, maxDirectories = 1, maxEntries = 1, pruneHiddenDirectories = false } = parameters;
  const options = { maxDepth, maxDirectories, maxEntries, pruneHiddenDirectories, followDirectorySymlinks: follow };
  const order = new BreadthFirst(path.replace(/(?<=.)\/+$/, ""), options);
  const flush = () => {
    const entries = order.entries.splice(0).map(({ path, kind }) => ({ path: displayName(path), kind }));
    if (entries.length > 0) context.part(entries);
  };
  for (let [next] = order.take(1); next !== undefined; [next] = order.take(1)) {
    order.enter(next, listingOf(next, context, follow));
    if (order.entries.length >= ENTRIES_AT_ONCE) flush();
    yield;
  }
  flush();
  const errors = order.errors.map(({ path, message }) => ({ path: displayName(path), message }));
  return { errors, truncated: order.truncated };
}

function listingOf({ path }: WalkDirectory, context: OperationContext, follow: boolean): WalkListing {
  const { walker, guard } = context;
  try {
    using place = walker.resolveReal(path, follow ? "all" : "parents");
    const listed = listPlace(walker, guard, place);
    listed.sort((a, b) => compareNames(a.name, b.name));
    return { children: childrenOf(path, listed, context, follow), realPath: place.path };
  } catch (error) {
    if (!(error instanceof OsError)) throw error;
    return { children: [], realPath: path, error: error.message };
  }
}

/** Links are looked behind one by one, since a bound may end the walk before. */
function* childrenOf(
  directory: string,
  listed: readonly Listed[],
  { walker, guard }: OperationContext,
  follow: boolean,
): WalkListing["children"] {
  for (const { name, kind } of listed) {
    const toDirectory = follow && kind === "link" &&
      kindBehind(walker, guard, joinPath(directory, name)) === "directory";
    yield { name, kind: toDirectory ? "directory" : kind === "link" ? "other" : kind };
  }
}
