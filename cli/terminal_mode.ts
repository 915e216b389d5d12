/** Whether a command can be given this program's terminal: its input and its output are one. */
export function onTerminal(): boolean {
  return Deno.stdin.isTerminal() && Deno.stdout.isTerminal();
}

/**
 * Passes keys on as they are typed, and output as it comes, until disposed; then the terminal is as before.
 *
 * By `stty`: Deno's own raw mode leaves the terminal to turn each line feed of the output into two characters, which
 * garbles what programs draw that count on the opposite. It is the fallback.
 */
export function rawMode(): Disposable {
  if (!Deno.stdin.isTerminal()) return { [Symbol.dispose]: () => {} };
  const before = stty("-g");
  if (before !== undefined && stty("raw", "-echo") !== undefined) {
    return { [Symbol.dispose]: () => void stty(before) };
  }
  Deno.stdin.setRaw(true);
  return { [Symbol.dispose]: () => Deno.stdin.setRaw(false) };
}

/** Runs `stty` on this program's terminal. @returns what it printed; undefined when that failed */
function stty(...args: string[]): string | undefined {
  try {
    const { success, stdout } = new Deno.Command("stty", { args, stdin: "inherit", stderr: "null" }).outputSync();
    return success ? new TextDecoder().decode(stdout).trim() : undefined;
  } catch {
    return undefined; // there is none
  }
}

/** The size of this program's terminal; undefined without one. */
export function terminalSize(): { rows: number; cols: number } | undefined {
  try {
    const { rows, columns } = Deno.consoleSize();
    return rows > 0 && columns > 0 ? { rows, cols: columns } : undefined;
  } catch {
    return undefined;
  }
}

/** Calls a listener for a signal until disposed. */
export function onSignal(signal: Deno.Signal, listener: () => void): Disposable {
  Deno.addSignalListener(signal, listener);
  return { [Symbol.dispose]: () => Deno.removeSignalListener(signal, listener) };
}
