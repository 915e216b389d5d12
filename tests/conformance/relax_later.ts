import { isObject, type Message, type Step } from "./step.ts";

/**
 * Marks the steps as relaxed whose events follow those of a relaxed step of the same process: when its output may be cut
 * in other pieces, the sequence numbers behind it differ as well.
 */
export function relaxLater(steps: readonly Step[]): Step[] {
  const relaxed = new Set<string>();
  return steps.map((step) => {
    const processes = (step.expect ?? []).map(processOf).filter((name) => name !== undefined);
    const isRelaxed = step.relaxed || step.anyOutput || processes.some((name) => relaxed.has(name));
    if (!isRelaxed) return step;
    for (const name of processes) relaxed.add(name);
    return step.anyOutput ? step : { ...step, relaxed: true };
  });
}

function processOf({ method, params }: Message): string | undefined {
  return method !== undefined && isObject(params) ? String(params.processId) : undefined;
}
