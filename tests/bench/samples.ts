/** The value below which the share `p` of the samples lies. */
export function percentile(samples: readonly number[], p: number): number {
  const sorted = samples.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(p * sorted.length))] ?? NaN;
}

/** Milliseconds each of `count` runs takes, one after the other, after a few that do not count. */
export async function latencies(count: number, action: (i: number) => Promise<unknown>): Promise<number[]> {
  for (let i = 0; i < Math.min(3, count); i++) await action(count + i);
  const samples: number[] = [];
  for (let i = 0; i < count; i++) samples.push(await elapsed(() => action(i)));
  return samples;
}

/** Repeats an action for so many milliseconds: what is measured behind it is a server that has been running for a while. */
export async function warmUp(ms: number, action: () => Promise<unknown>): Promise<void> {
  for (const end = performance.now() + ms; performance.now() < end;) await action();
}

/** Milliseconds an action takes. */
export async function elapsed(action: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await action();
  return performance.now() - started;
}
