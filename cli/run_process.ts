import type { Environment } from "../client/mod.ts";
import { ErrorCode, type ProcessHandle, type ProcessSpec, RpcError, type SignalName } from "../protocol/mod.ts";
import { printError, writeOutput } from "./standard_output.ts";
import { onSignal, rawMode, terminalSize } from "./terminal_mode.ts";

const FORWARDED: readonly (readonly [Deno.Signal, SignalName])[] = [
  ["SIGINT", "interrupt"],
  ["SIGTERM", "terminate"],
  ["SIGHUP", "hangup"],
  ["SIGQUIT", "quit"],
];
const END_OF_FILE = new Uint8Array([4]);

/** What to run, and what to connect it with. */
export interface RunOptions {
  /** The process; `tty` decides about the terminal. */
  readonly spec: ProcessSpec;
  /** Whether this program's input is passed on. */
  readonly stdin: boolean;
}

/**
 * Runs a process with this program's standard streams: output byte for byte as it comes, input, signals, and on a terminal
 * its size and single keys.
 *
 * @returns its exit status; 128+n for death by signal n
 * @throws {Error} when it cannot be started or is lost; {ReaderGoneError} when nobody reads the output, and it was ended
 */
export async function runProcess(environment: Environment, { spec, stdin }: RunOptions): Promise<number> {
  const size = spec.tty ? terminalSize() : undefined;
  await using process = await environment.exec.start({ ...spec, ...size, pipeStdin: stdin });
  using stack = new DisposableStack();
  if (spec.tty) {
    stack.use(rawMode());
    stack.use(onSignal("SIGWINCH", () => resize(process)));
  }
  let undelivered = 0;
  for (const [signal, name] of FORWARDED) {
    stack.use(onSignal(signal, () => {
      // without a connection signals wait; who asks twice gives up
      if (undelivered > 0) return void environment[Symbol.asyncDispose]();
      undelivered++;
      forward(process, name).finally(() => undelivered--);
    }));
  }
  if (stdin) passInput(process, spec.tty === true).catch((error) => printError(`Error: ${messageOf(error)}`));
  let exitCode: number | undefined;
  for await (const event of process) {
    if (event.type === "output") {
      await writeOutput(event.stream === "stderr" ? Deno.stderr : Deno.stdout, event.bytes);
    } else if (event.type === "exited") {
      exitCode = event.exitCode;
    }
  }
  return exitCode ?? (await process.wait()).exitCode;
}

async function passInput(process: ProcessHandle, tty: boolean): Promise<void> {
  const buffer = new Uint8Array(64 * 1024);
  for (let count = await Deno.stdin.read(buffer); count !== null; count = await Deno.stdin.read(buffer)) {
    if (await process.write(buffer.slice(0, count)) !== "accepted") return;
  }
  if (tty) await process.write(END_OF_FILE);
  else await closeInput(process);
}

async function closeInput(process: ProcessHandle): Promise<void> {
  try {
    await process.closeStdin();
  } catch (error) {
    if (!(error instanceof RpcError) || error.code !== ErrorCode.MethodNotFound) throw error;
    printError("exec-server: the executor cannot end the command's input; --no-stdin gives it none");
  }
}

function resize(process: ProcessHandle): void {
  const size = terminalSize();
  // executors without resizing keep the first size
  if (size !== undefined) process.resize(size.rows, size.cols).catch(() => {});
}

/** An executor that does not know the signal kills the process instead, except for an interrupt. */
async function forward(process: ProcessHandle, signal: SignalName): Promise<void> {
  try {
    await process.signal(signal).catch((error) => {
      if (signal === "interrupt" || !(error instanceof RpcError)) throw error;
      return process.terminate();
    });
  } catch (error) {
    // a lost connection ends the run by itself
    printError(`exec-server: the signal was not delivered: ${messageOf(error)}`);
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
