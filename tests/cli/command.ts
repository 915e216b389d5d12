import { fromFileUrl } from "@std/path";

const PROGRAM = fromFileUrl(new URL("../../mod.ts", import.meta.url));

/** Program and arguments of our command line. */
export function cliArgv(...args: string[]): [string, ...string[]] {
  return [Deno.execPath(), "run", "-A", "--quiet", PROGRAM, ...args];
}

/** How a command is run. */
export interface CommandOptions {
  readonly stdin?: Uint8Array;
  /** Laid over the environment of the test. */
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

/** How a command ended. */
export interface CommandResult {
  readonly code: number;
  readonly stdout: Uint8Array;
  /** Standard output as text. */
  readonly text: string;
  readonly stderr: string;
}

/** Starts our command line; its input is empty unless there is some. */
export function spawnCommand(args: readonly string[], options: CommandOptions = {}): Deno.ChildProcess {
  const [program, ...rest] = cliArgv(...args);
  return new Deno.Command(program, {
    args: rest,
    env: { NO_COLOR: "1", CODEX_HOME: "/nonexistent", CODEX_EXEC_SERVER_URL: "", ...options.env },
    ...options.cwd !== undefined && { cwd: options.cwd },
    stdin: options.stdin === undefined ? "null" : "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
}

/** Runs our command line to its end. */
export async function command(args: readonly string[], options: CommandOptions = {}): Promise<CommandResult> {
  const child = spawnCommand(args, options);
  const feeding = feed(child, options.stdin);
  const { code, stdout, stderr } = await child.output();
  await feeding;
  const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, stdout, text: decode(stdout), stderr: decode(stderr) };
}

async function feed(child: Deno.ChildProcess, input: Uint8Array | undefined): Promise<void> {
  if (input === undefined) return;
  const writer = child.stdin.getWriter();
  try {
    await writer.write(input as Uint8Array<ArrayBuffer>);
    await writer.close();
  } catch (error) {
    if (!(error instanceof Deno.errors.BrokenPipe)) throw error; // it did not want all of it
  }
}
