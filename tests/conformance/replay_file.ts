import { compareStep } from "./compare.ts";
import type { Deviations } from "./deviations.ts";
import { relaxLater } from "./relax_later.ts";
import { Replay } from "./replay.ts";
import { exchanges, type Step } from "./step.ts";

/** One wrong answer makes many differences; the first ones tell enough. */
const PROBLEMS_PER_STEP = 3;

/** What a file is compared with besides itself. */
export interface ReplayOptions {
  /** File name in the list of deviations. */
  readonly name: string;
  readonly deviations?: Deviations;
  /** See {@linkcode CompareOptions}. */
  readonly strict: boolean;
}

/**
 * Runs a transcript and compares every step, with what it expects or with what the list of deviations says.
 *
 * @returns the problems; a listed step that does not deviate any more is one
 */
export async function replayFile(url: string, steps: readonly Step[], options: ReplayOptions): Promise<string[]> {
  const problems: string[] = [];
  await using replay = new Replay(url);
  const compareOptions = { placeholders: replay.placeholders, strict: options.strict };
  for (const [index, step] of relaxLater(steps).entries()) {
    const deviation = options.deviations?.find(options.name, index);
    const want = deviation?.want ?? step;
    const outcome = await replay.run(step, want);
    const where = `step ${index} ${JSON.stringify(step.send ?? step).slice(0, 120)}`;
    const found = exchanges(step) ? compareStep(step, want, outcome, compareOptions) : outcome.problems;
    problems.push(...found.slice(0, PROBLEMS_PER_STEP).map((problem) => `${where}: ${problem}`));
    if (deviation !== undefined && compareStep(step, step, outcome, compareOptions).length === 0) {
      problems.push(`${where}: does not deviate any more, remove it from the list (${deviation.reason})`);
    }
    if (outcome.closed && !want.closed) break;
  }
  return problems;
}
