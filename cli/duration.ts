const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, "": 1_000, m: 60_000, h: 3_600_000 };

/**
 * Reads a duration such as `80s`, `500ms`, `2m` or `1h`; a bare number means seconds.
 *
 * @returns milliseconds
 * @throws {RangeError} naming what was expected
 */
export function parseDuration(text: string): number {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h|)$/.exec(text);
  const unit = UNITS[match?.[2] ?? "?"];
  const milliseconds = Number(match?.[1]) * (unit ?? NaN);
  // the longest timer there is
  if (!(milliseconds <= 2 ** 31 - 1)) {
    throw new RangeError("expected a duration such as 80s, 500ms or 2m, below 24 days");
  }
  return Math.round(milliseconds);
}
