import type { Approvals } from "../approvals.ts";
import { resolveToolPath } from "../resolve_path.ts";
import type { SelectedEnvironments } from "../selected_environments.ts";
import { ToolError } from "../tool_error.ts";
import { applyPatch, type PatchAnswer, readPatch } from "./apply_patch.ts";

/** What patches of a model work with. */
export interface PatchSettings {
  /** Where files are changed. */
  readonly environments: SelectedEnvironments;
  /** Who is asked. */
  readonly approvals: Approvals;
}

/** Where a call puts its patch. */
export interface PatchPlace {
  /** Environment the call names. */
  readonly environmentId?: string | undefined;
  /** What relative paths start from, relative to the environment's own directory; default that. */
  readonly directory?: string;
}

/**
 * Applies the text of a patch in the environment that it or its call names, else in the primary one.
 *
 * @throws {ToolError} when it was not tried
 */
export async function runPatchText(
  text: string,
  settings: PatchSettings,
  place: PatchPlace = {},
): Promise<PatchAnswer> {
  const { environments, approvals } = settings;
  const patch = readPatch(text);
  if (!("changes" in patch)) throw new ToolError(patch.text);
  if (patch.environmentId !== undefined && !environments.several) {
    throw new ToolError("apply_patch environment selection is unavailable for this turn");
  }
  const id = patch.environmentId ?? place.environmentId;
  if (place.environmentId !== undefined && id !== place.environmentId) {
    throw new ToolError(
      `apply_patch verification failed: the patch is for environment \`${id}\`, the call for \`${place.environmentId}\``,
    );
  }
  const { environment, cwd, sandbox } = environments.resolve(id, "filesystem");
  const answer = await applyPatch(patch, {
    filesystem: environment.filesystem,
    cwd: resolveToolPath(cwd, place.directory ?? "."),
    sandbox,
    approve: (paths) => approvals.patch(environment.id, paths),
  });
  if (!answer.text.startsWith("Exit code: ")) throw new ToolError(answer.text);
  return answer;
}
