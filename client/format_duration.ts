/** A duration in texts, as the original prints it: `0ns`, `500ms`, `1.5s`, `10s`. @param milliseconds the duration */
export function formatDuration(milliseconds: number): string {
  if (milliseconds === 0) return "0ns";
  if (milliseconds >= 1000) return `${milliseconds / 1000}s`;
  if (milliseconds >= 1) return `${milliseconds}ms`;
  return `${milliseconds * 1000}µs`;
}
