import type { DirectoryEntry } from "../../../protocol/filesystem.ts";
import { displayName } from "../../posix/names.ts";
import { joinPath } from "../guard.ts";
import { kindBehind, listPlace } from "../listing.ts";
import type { OperationContext, Parameters, Steps } from "../operation.ts";

const ENTRIES_AT_ONCE = 1000;

/** Lists a directory in the order of the system, with kinds after following links; what cannot be seen is left out. */
export function* readDirectory({ path }: Parameters, context: OperationContext): Steps {
  const { walker, guard } = context;
  using place = walker.resolve(path, "all");
  const listed = listPlace(walker, guard, place);
  let entries: DirectoryEntry[] = [];
  for (const { name, kind } of listed) {
    const real = kind === "link" ? kindBehind(walker, guard, joinPath(place.path, name)) : kind;
    if (real === undefined) continue;
    entries.push({ fileName: displayName(name), isDirectory: real === "directory", isFile: real === "file" });
    if (entries.length < ENTRIES_AT_ONCE) continue;
    context.part(entries);
    entries = [];
    yield;
  }
  if (entries.length > 0) context.part(entries);
  return {};
}
