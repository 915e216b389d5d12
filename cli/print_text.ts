/** Writes text to stdout, all of it; a reader that left is no error. */
export function printText(text: string): void {
  try {
    for (let rest = new TextEncoder().encode(text); rest.length > 0;) rest = rest.subarray(Deno.stdout.writeSync(rest));
  } catch {
    // nobody reads it
  }
}
