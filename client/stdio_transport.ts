import { LIMITS, type Transport } from "../protocol/mod.ts";
import { ClientError } from "./errors.ts";
import { LineSplitter } from "./line_splitter.ts";
import { LineTransport } from "./line_transport.ts";

/** A program that serves on its stdin and stdout. */
export interface StdioCommand {
  /** Program, started without a shell. */
  readonly program: string;
  /** Its arguments. */
  readonly args?: readonly string[] | undefined;
  /** Laid over this process's environment. */
  readonly env?: Readonly<Record<string, string>> | undefined;
  /** Where it runs; default here. */
  readonly cwd?: string | undefined;
  /** Gets each line it writes to stderr, behind `exec-server stdio stderr: `; default nobody. */
  readonly log?: ((line: string) => void) | undefined;
}

/**
 * Starts a server as a program of its own, in its own process group. The program ends with the transport: it is asked
 * with SIGTERM, killed 2 s later, and nothing of its group is left behind, even if it ends by itself.
 *
 * Source: environments, section 1.3.
 *
 * @throws {ClientError} "spawn" when the program cannot be started
 */
export function spawnStdio(command: StdioCommand): Transport {
  const { program, args = [], env = {}, cwd, log } = command;
  let child: Deno.ChildProcess;
  try {
    child = new Deno.Command(program, {
      args: [...args],
      env: { ...env },
      ...(cwd !== undefined && { cwd }),
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
      detached: true,
    }).spawn();
  } catch (cause) {
    throw new ClientError("spawn", `failed to spawn exec-server: ${spawnError(cause)}`, { cause });
  }
  // what it leaves behind would hold its pipes open, and the connection with them
  child.status.then(() => signalGroup(child.pid, "SIGKILL"));
  const stderr = child.stderr.getReader();
  const drained = drainStderr(stderr, log);
  const stream = { readable: child.stdout, writable: child.stdin };
  return new LineTransport(stream, "stdio command", async () => {
    await terminate(child);
    await stderr.cancel(); // somebody who left the group may hold it open
    await drained;
  });
}

async function terminate(child: Deno.ChildProcess): Promise<void> {
  signalGroup(child.pid, "SIGTERM");
  const timer = setTimeout(() => signalGroup(child.pid, "SIGKILL"), LIMITS.stdioGraceMs);
  await child.status;
  clearTimeout(timer);
}

function signalGroup(group: number, signal: Deno.Signal): void {
  try {
    Deno.kill(-group, signal);
  } catch {
    // nobody is left
  }
}

async function drainStderr(
  stderr: ReadableStreamDefaultReader<Uint8Array>,
  log: StdioCommand["log"],
): Promise<void> {
  const splitter = new LineSplitter();
  const take = (line: string | Error) =>
    log?.(`exec-server stdio stderr: ${line instanceof Error ? line.message : line}`);
  try {
    while (true) {
      const { done, value } = await stderr.read();
      if (done) break;
      for (const line of splitter.push(value)) take(line);
    }
    const last = splitter.finish();
    if (last !== undefined) take(last);
  } catch (error) {
    log?.(`exec-server stdio stderr: ${(error as Error).message}`);
  }
}

function spawnError(cause: unknown): string {
  const message = cause instanceof Error ? cause.message : String(cause);
  const missing = cause instanceof Deno.errors.NotFound || /No such cwd|entity not found/.test(message);
  return missing ? "No such file or directory (os error 2)" : message;
}
