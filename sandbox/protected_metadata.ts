import { gitdirOf, PROTECTED_NAMES } from "../protocol/protected_names.ts";
import type { HostFacts } from "./host_facts.ts";
import { crossedLink, crossesLink } from "./link_crossing.ts";
import { traceLinks } from "./link_trace.ts";
import type { PolicyDraft } from "./policy_draft.ts";

export { gitdirOf, PROTECTED_NAMES };

/**
 * Adds read entries for the protected names of every writable directory, which give way to a write or deny entry of the
 * same path, and for the repository that a `.git` pointer file there leads to, as far as it could be written.
 *
 * Source: exec-server permissions, sections 1.8, 2.2 and 2.6.
 *
 * @throws {RpcError} -32603 when one of them is a link inside the root
 */
export function protectMetadata(draft: PolicyDraft, host: HostFacts): void {
  const roots = draft.writableRoots();
  const directories = roots.filter((root) => host.lstat(root)?.kind === "directory");
  for (const root of directories) {
    for (const name of PROTECTED_NAMES) {
      const path = below(root, name);
      if (host.lstat(path)?.kind === "link") throw crossesLink("read-only", path, path);
      draft.add(path, "read");
    }
  }
  for (const root of directories) {
    const target = gitdirOf(root, host);
    if (target === undefined) continue;
    const trace = traceLinks(target, host);
    if (!trace.exists || !draft.isWritable(trace.real) || draft.at(trace.real) === "write") continue;
    const crossed = crossedLink(trace, roots);
    if (crossed !== undefined) throw crossesLink("read-only", target, crossed);
    draft.add(trace.real, "read");
  }
}

function below(root: string, name: string): string {
  return root === "/" ? `/${name}` : `${root}/${name}`;
}
