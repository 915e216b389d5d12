import {
  type DecodedParams,
  internalError,
  invalidParams,
  invalidRequest,
  LIMITS,
  type ResultOf,
  type SandboxContext,
  TEXTS,
} from "../../protocol/mod.ts";
import { confine, type Confinement, type HostFacts } from "../../sandbox/mod.ts";
import { childEnvironment } from "../process/env_policy.ts";
import { ManagedProcess } from "../process/managed_process.ts";
import { listDirectory } from "../process/sandbox/list_directory.ts";
import type { ProcessSandbox } from "../process/sandbox/process_sandbox.ts";
import { type Spawner, SpawnError, type SpawnSpec } from "../process/spawner.ts";
import type { Watchdog } from "../process/watchdog.ts";
import type { Session } from "../session.ts";

/** What confines sandboxed processes, in the original's words: also for those that little or nothing is forbidden. */
const SANDBOX_TYPE = Deno.build.os === "darwin" ? "macosSeatbelt" : "linuxSeccomp";

/** How processes are started. */
export interface StartSettings {
  /** Starts the programs. */
  readonly spawner: Spawner;
  /** Confines them. */
  readonly sandbox: ProcessSandbox;
  /** What profiles refer to. */
  readonly facts: HostFacts;
  /** Runs before the first of them. */
  readonly watchdog: Watchdog;
  /** The server's environment, which policies select from. */
  readonly environment: Readonly<Record<string, string>>;
  /** Processes of one session that may be open. */
  readonly maxProcesses: number;
  /** Login shell: a terminal's SHELL when the request sets none. */
  readonly shell: string;
}

/**
 * Starts a program in a session, confined as its sandbox context asks.
 *
 * Source: exec-server protocol, sections 7.1 to 7.3; exec-server permissions, section 4.
 *
 * @throws {RpcError} -32602 without argv or for a sandbox that cannot be held, -32600 for an id in use or
 * too many processes, -32603 when it cannot be started
 */
export function startProcess(
  session: Session,
  settings: StartSettings,
  params: DecodedParams<"process/start">,
): ResultOf<"process/start"> {
  const [name] = params.argv;
  if (name === undefined) throw invalidParams(TEXTS.emptyArgv);
  if (session.processes.has(params.processId)) throw invalidRequest(TEXTS.processExists(params.processId));
  if (session.openProcesses >= settings.maxProcesses) {
    throw invalidRequest(TEXTS.tooManyProcesses(settings.maxProcesses));
  }
  const argv0 = params.arg0 ?? name;
  const sandboxed = params.sandbox !== null && params.sandbox !== undefined;
  const process = new ManagedProcess({ id: params.processId, argv0, tty: params.tty, sandboxed }, session);
  try {
    const spec = specOf(name, argv0, settings, params);
    const prepared = settings.sandbox.prepare(spec, confinementOf(params.sandbox, spec, settings));
    try {
      settings.watchdog.ensure();
      process.adopt(settings.spawner.spawn(prepared.spec, process), prepared.release);
    } catch (error) {
      prepared.release();
      throw error;
    } finally {
      prepared.started();
    }
  } catch (error) {
    if (error instanceof SpawnError) throw internalError(error.message, { cause: error });
    throw error;
  }
  session.add(process);
  return { processId: params.processId, sandboxType: sandboxed ? SANDBOX_TYPE : "none" };
}

function confinementOf(
  sandbox: SandboxContext | null | undefined,
  { cwd, env }: SpawnSpec,
  { facts }: StartSettings,
): Confinement {
  if (sandbox === null || sandbox === undefined) return { kind: "open" };
  return confine(sandbox, { cwd, tmpdir: env.get("TMPDIR") }, { facts, list: listDirectory });
}

function specOf(
  name: string,
  argv0: string,
  settings: StartSettings,
  params: DecodedParams<"process/start">,
): SpawnSpec {
  const env = childEnvironment(settings.environment, params.envPolicy, params.env);
  if (params.tty && !env.has("SHELL")) env.set("SHELL", settings.shell);
  if (params.tty && !settings.spawner.terminals) {
    throw new SpawnError("terminals need Linux with glibc and FFI permission: this server cannot open one");
  }
  if (typeof params.arg0 === "string" && !settings.spawner.choosesArgv0) {
    throw new SpawnError("arg0 needs Linux with glibc and FFI permission: this server cannot set it");
  }
  const cwd = params.cwd.path;
  return {
    program: name,
    argv: [argv0, ...params.argv.slice(1)],
    env,
    cwd,
    stdio: params.tty
      ? {
        kind: "terminal",
        rows: params.rows ?? LIMITS.defaultTtyRows,
        cols: params.cols ?? LIMITS.defaultTtyCols,
      }
      : { kind: "pipes", stdin: params.pipeStdin },
  };
}
