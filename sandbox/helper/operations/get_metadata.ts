import { invalidRequest } from "../../../protocol/errors.ts";
import type { FileMetadata } from "../../../protocol/filesystem.ts";
import { TEXTS } from "../../../protocol/texts.ts";
import { requirePresent } from "../files.ts";
import type { OperationContext, Parameters, Steps } from "../operation.ts";

/** Kind, size and times of what a path leads to. */
// deno-lint-ignore require-yield -- every operation is one, and this has nothing to wait for
export function* getMetadata({ path, follow }: Parameters, { walker, guard }: OperationContext): Steps {
  using place = walker.resolve(path, follow === false ? "never" : "all");
  const { facts, throughLink } = requirePresent(place);
  if (facts.kind !== "directory" || !guard.isAboveGrant(place.path)) guard.checkRead(place);
  if (facts.kind === "link") throw invalidRequest(TEXTS.containsSymlink);
  const metadata: FileMetadata = {
    isDirectory: facts.kind === "directory",
    isFile: facts.kind === "file",
    isSymlink: throughLink,
    size: facts.size,
    createdAtMs: facts.birthMs,
    modifiedAtMs: facts.modifiedMs,
  };
  return metadata;
}
