/**
 * Tries until something succeeds, for a system that starts beside us. A failed attempt counts as not yet.
 *
 * @throws {Error} naming it when it did not succeed within a minute
 */
export async function eventually(what: string, attempt: () => Promise<unknown>): Promise<void> {
  const deadline = performance.now() + 60_000;
  for (;;) {
    const done = await attempt().catch(() => false);
    if (done !== false) return;
    if (performance.now() > deadline) throw new Error(`It did not happen that ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}
