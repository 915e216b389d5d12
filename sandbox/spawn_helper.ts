import type { DenoFlags } from "./deno_flags.ts";
import { helperProgram } from "./helper_program.ts";

/** A started helper. */
export interface HelperProcess {
  /** Its process id. */
  readonly pid: number;
  /** Its input; its end ends the helper. */
  readonly stdin: WritableStream<Uint8Array<ArrayBuffer>>;
  /** Its answers. */
  readonly stdout: ReadableStream<Uint8Array<ArrayBuffer>>;
  /** What it has to complain about. */
  readonly stderr: ReadableStream<Uint8Array<ArrayBuffer>>;
  /** Resolves when the process has ended. */
  readonly status: Promise<unknown>;
  /** Tells that it has read all that it was started with. */
  started(): void;
  /** Ends it at once; safe when it has ended already. */
  kill(): void;
}

/** Starts a helper with the Deno permissions of its policy; `args` come with those for everything else. */
export type SpawnHelper = (flags: DenoFlags) => HelperProcess;

/** How {@linkcode denoSpawner} starts helpers. */
export interface DenoSpawnerOptions {
  /** The helper's main module; default the one of this package. */
  readonly program?: string;
  /** User to run as, for a server that is root. */
  readonly uid?: number;
  /** Group to run as. */
  readonly gid?: number;
  /** Further environment variables. */
  readonly env?: Readonly<Record<string, string>>;
}

const RUN = ["run", "--quiet", "--no-prompt", "--no-lock", "--cached-only", "--no-check"];
/** Fewer threads, and less memory: the helper keeps its content outside of the heap, and its code is small. */
const V8_FLAGS =
  "--v8-flags=--single-threaded,--max-semi-space-size=1,--max-lazy,--optimize-for-size,--always-sparkplug";

/** Starts helpers with this Deno, with nothing in their environment but where Deno keeps its cache. */
export function denoSpawner(options: DenoSpawnerOptions = {}): SpawnHelper {
  const program = options.program ?? helperProgram();
  return (flags) => {
    const config = flags.form === "config" ? writeConfig(flags.config, options) : undefined;
    const configArgs = config === undefined ? ["--no-config"] : ["--config", config];
    const args = [...RUN, V8_FLAGS, ...configArgs, ...flags.args, program];
    return start(Deno.execPath(), args, options, () => config === undefined || Deno.removeSync(config));
  };
}

/** The argument that makes this program a helper, before any command line is looked at. */
export const SELF_HELPER_ARGUMENT = "--internal-fs-helper";

/**
 * Starts helpers as this program itself: a compiled one cannot be given other permissions, so it confines a worker.
 *
 * Source: Deno 2.9.6 sandbox facts, section 4.
 *
 * @param command the program and its first arguments; it must call runSelfHelper for {@linkcode SELF_HELPER_ARGUMENT}
 */
export function selfSpawner(
  [program, ...args]: readonly [string, ...string[]] = [Deno.execPath()],
  options: Omit<DenoSpawnerOptions, "program"> = {},
): SpawnHelper {
  return () => start(program, [...args, SELF_HELPER_ARGUMENT], options, () => {});
}

function start(
  program: string,
  args: readonly string[],
  { uid, gid, env }: Omit<DenoSpawnerOptions, "program">,
  hasStarted: () => void,
): HelperProcess {
  const child = new Deno.Command(program, {
    args: [...args],
    cwd: "/",
    clearEnv: true,
    env: { ...environment(), ...env },
    ...(uid !== undefined && { uid }),
    ...(gid !== undefined && { gid }),
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const { pid, stdin, stdout, stderr, status } = child;
  const started = once(hasStarted);
  status.then(started, started);
  return { pid, stdin, stdout, stderr, status, started, kill: () => kill(child) };
}

function kill(child: Deno.ChildProcess): void {
  try {
    child.kill("SIGKILL");
  } catch {
    // it has ended
  }
}

/** A file that nobody else can read. */
function writeConfig(config: Record<string, unknown>, { uid, gid }: DenoSpawnerOptions): string {
  const path = Deno.makeTempFileSync({ prefix: "exec-server-helper-", suffix: ".json" });
  Deno.writeTextFileSync(path, JSON.stringify(config));
  if (uid !== undefined) Deno.chownSync(path, uid, gid ?? null);
  return path;
}

function once(action: () => unknown): () => void {
  let pending = true;
  return () => {
    if (pending) action();
    pending = false;
  };
}

function environment(): Record<string, string> {
  const kept: Record<string, string> = { DENO_NO_UPDATE_CHECK: "1", NO_COLOR: "1" };
  for (const name of ["DENO_DIR", "HOME", "XDG_CACHE_HOME", "DENO_COVERAGE_DIR"]) {
    const value = Deno.env.get(name);
    if (value !== undefined) kept[name] = value;
  }
  return kept;
}
