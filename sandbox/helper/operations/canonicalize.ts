import { displayName } from "../../posix/names.ts";
import { requirePresent } from "../files.ts";
import type { OperationContext, Parameters, Steps } from "../operation.ts";

/** The real path of something that exists and may be seen. */
// deno-lint-ignore require-yield -- every operation is one, and this has nothing to wait for
export function* canonicalize({ path }: Parameters, { walker, guard }: OperationContext): Steps {
  using place = walker.resolve(path, "all");
  const { facts } = requirePresent(place);
  if (facts.kind !== "directory" || !guard.isAboveGrant(place.path)) guard.checkRead(place);
  return { path: displayName(place.path) };
}
