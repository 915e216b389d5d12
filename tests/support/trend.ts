const MOST_SAMPLES = 300;

/** The one in the middle, 0 of none. */
export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;
}

/**
 * How much a row of samples grew from its first to its last: the median of the slopes between all pairs, which no peak
 * moves, times their number.
 */
export function trendOf(samples: readonly number[]): number {
  const slopes: number[] = [];
  // some hundred are enough, and so few that all pairs can be looked at
  const step = Math.max(1, Math.floor(samples.length / MOST_SAMPLES));
  for (let i = 0; i < samples.length; i += step) {
    for (let j = i + step; j < samples.length; j += step) {
      slopes.push(((samples[j] as number) - (samples[i] as number)) / (j - i));
    }
  }
  return median(slopes) * (samples.length - 1);
}
