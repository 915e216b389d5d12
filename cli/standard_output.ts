/** Thrown when the reader of standard output or error is gone. */
export class ReaderGoneError extends Error {
  /** The status a program has that SIGPIPE killed. */
  static readonly status = 141;

  /** Nobody is told: there is nobody left. */
  constructor() {
    super("nobody reads the output any more");
    this.name = "ReaderGoneError";
  }
}

/** Writes all bytes to standard output or error, waiting for its reader. @throws {ReaderGoneError} */
export async function writeOutput(
  stream: { write(bytes: Uint8Array): Promise<number> },
  bytes: Uint8Array,
): Promise<void> {
  try {
    for (let done = 0; done < bytes.length;) done += await stream.write(bytes.subarray(done));
  } catch (error) {
    if (error instanceof Deno.errors.BrokenPipe) throw new ReaderGoneError();
    throw error;
  }
}

/** Writes a line to standard output. @throws {ReaderGoneError} */
export async function printLine(line: string): Promise<void> {
  await writeOutput(Deno.stdout, new TextEncoder().encode(`${line}\n`));
}

/** Writes a line to standard error; where nobody reads it, it is lost. */
export function printError(line: string): void {
  try {
    Deno.stderr.writeSync(new TextEncoder().encode(`${line}\n`));
  } catch {
    // nobody reads it
  }
}

/** Writes text to stdout, all of it; a reader that left is no error. */
export function printText(text: string): void {
  try {
    for (let rest = new TextEncoder().encode(text); rest.length > 0;) rest = rest.subarray(Deno.stdout.writeSync(rest));
  } catch {
    // nobody reads it
  }
}
