/** Whether a command can be given this program's terminal: its input and its output are one. */
export function onTerminal(): boolean {
  return Deno.stdin.isTerminal() && Deno.stdout.isTerminal();
}

/** Passes keys on as they are typed until disposed; then the terminal is as before. */
export function rawMode(): Disposable {
  if (!Deno.stdin.isTerminal()) return { [Symbol.dispose]: () => {} };
  Deno.stdin.setRaw(true);
  return { [Symbol.dispose]: () => Deno.stdin.setRaw(false) };
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
