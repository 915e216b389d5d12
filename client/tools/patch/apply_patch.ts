import { parsePatch } from "./parse_patch.ts";
import { type Patch, PatchError } from "./patch.ts";
import { patchAnswer, patchSummary } from "./patch_tool_text.ts";
import { type PatchTarget, resolveChanges } from "./patch_target.ts";
import { checkPatch, runPatch } from "./run_patch.ts";

/** Where a patch goes, and who is asked before. */
export interface PatchRequest extends PatchTarget {
  /** Asked once the patch is known to fit. @returns undefined to go on, or the answer instead */
  readonly approve?: ((paths: readonly string[]) => Promise<string | undefined>) | undefined;
}

/** An answer for the model. */
export interface PatchAnswer {
  /** Its text. */
  readonly text: string;
  /** Whether every file was changed. */
  readonly success: boolean;
}

/** Reads a patch's text. @returns the patch, or the answer that says what is wrong with it */
export function readPatch(text: string): Patch | PatchAnswer {
  try {
    return parsePatch(text);
  } catch (error) {
    return refusal(error);
  }
}

/** Checks a patch, asks, and applies it (environments, section 7.2). */
export async function applyPatch(patch: Patch, request: PatchRequest): Promise<PatchAnswer> {
  if (patch.changes.length === 0) return { text: "patch rejected: empty patch", success: false };
  try {
    const changes = resolveChanges(patch.changes, request.cwd);
    await checkPatch(changes, request);
    const paths = changes.flatMap(({ path, moveTo }) => moveTo === undefined ? [path] : [path, moveTo]);
    const rejection = await request.approve?.(paths);
    if (rejection !== undefined) return { text: rejection, success: false };
    const started = performance.now();
    const [exitCode, output] = await runPatch(changes, request).then(
      (lines): [number, string] => [0, patchSummary(lines)],
      (error): [number, string] => [1, `${messageOf(error)}\n`],
    );
    const text = patchAnswer(exitCode, (performance.now() - started) / 1000, output);
    return { text, success: exitCode === 0 };
  } catch (error) {
    return refusal(error);
  }
}

function refusal(error: unknown): PatchAnswer {
  return { text: `apply_patch verification failed: ${messageOf(error)}`, success: false };
}

/** The text of a failure that is about the patch; every other one is not the model's to read. */
function messageOf(error: unknown): string {
  if (error instanceof PatchError) return error.message;
  throw error;
}
