/**
 * Waits until a condition holds, for things that announce themselves to nobody: a process that disappears, a file that
 * shrinks. Where an event can be awaited, await the event.
 *
 * @throws {Error} naming the condition when it does not hold in time
 */
export async function until(
  what: string,
  condition: () => boolean | Promise<boolean>,
  timeoutMs = 5_000,
): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  while (!await condition()) {
    if (performance.now() > deadline) throw new Error(`Timed out waiting until ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
