import { pathExists } from "../process/path_exists.ts";
import {
  type DecodedParams,
  internalError,
  invalidParams,
  invalidRequest,
  LIMITS,
  type ProcessLimits,
  type ResultOf,
  type SandboxContext,
  TEXTS,
} from "../../protocol/mod.ts";
import { confine, type Confinement, type HostFacts, namesCodexLauncher, parseCodexLaunch } from "../../sandbox/mod.ts";
import { ProcessCgroup } from "../process/cgroup_limits.ts";
import { childEnvironment } from "../process/env_policy.ts";
import { ManagedProcess } from "../process/managed_process.ts";
import { candidatePaths } from "../process/program_lookup.ts";
import { listDirectory } from "../process/sandbox/list_directory.ts";
import { isPlaceholder } from "../process/sandbox/placeholders.ts";
import type { ConfinedSpawn, ProcessSandbox } from "../process/sandbox/process_sandbox.ts";
import { type Spawner, SpawnError, type SpawnSpec } from "../process/spawner.ts";
import type { Watchdog } from "../process/watchdog.ts";
import type { Session } from "../session.ts";

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

type StartParams = DecodedParams<"process/start">;

/** What is to be started, and what has to hold it. */
interface Start {
  readonly spec: SpawnSpec;
  /** Undefined for a request without a sandbox. */
  readonly sandbox: SandboxContext | undefined;
  /** Whether its network is closed, whatever its profile says. */
  readonly offline: boolean;
}

/** What confines sandboxed processes, in the original's words: also for those that little or nothing is forbidden. */
const SANDBOX_TYPE = Deno.build.os === "darwin" ? "macosSeatbelt" : "linuxSeccomp";

/**
 * Starts a program in a session, confined as its sandbox context asks.
 *
 * Source: exec-server protocol, sections 7.1 to 7.3; exec-server permissions, section 4.
 *
 * @throws {RpcError} -32602 without argv or for a sandbox or limit that cannot be held, -32600 for an id in use
 * or too many processes, -32603 when it cannot be started
 */
export function startProcess(
  session: Session,
  settings: StartSettings,
  params: StartParams,
): ResultOf<"process/start"> {
  const [name] = params.argv;
  if (name === undefined) throw invalidParams(TEXTS.emptyArgv);
  if (session.processes.has(params.processId)) throw invalidRequest(TEXTS.processExists(params.processId));
  if (session.openProcesses >= settings.maxProcesses) {
    throw invalidRequest(TEXTS.tooManyProcesses(settings.maxProcesses));
  }
  try {
    const start = startOf(name, settings, params);
    const sandboxed = start.sandbox !== undefined;
    const process = new ManagedProcess({
      id: params.processId,
      argv0: params.arg0 ?? name,
      tty: params.tty,
      sandboxed,
      outputLimit: params.limits?.outputBytes ?? undefined,
    }, session);
    run(process, start, settings, params.limits ?? {});
    session.add(process);
    return { processId: params.processId, sandboxType: sandboxed ? SANDBOX_TYPE : "none" };
  } catch (error) {
    if (error instanceof SpawnError) throw internalError(error.message, { cause: error });
    throw error;
  }
}

function run(process: ManagedProcess, start: Start, settings: StartSettings, limits: ProcessLimits): void {
  const confinement = confinementOf(start, settings);
  const cgroup = cgroupFor(limits, settings);
  let prepared: ConfinedSpawn | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const release = (pid?: number) => {
    clearTimeout(timer);
    prepared?.release(pid);
    if (cgroup === undefined) return;
    const failure = cgroup.failure();
    if (failure !== undefined) process.failedBy(failure);
    cgroup.remove().then(() => settings.watchdog.releases({ path: cgroup.path, kind: "directory" }));
  };
  try {
    settings.watchdog.ensure();
    if (cgroup !== undefined) settings.watchdog.holds({ path: cgroup.path, kind: "directory" });
    prepared = settings.sandbox.prepare(start.spec, confinement, cgroup);
    process.adopt(settings.spawner.spawn(prepared.spec, process), release);
  } catch (error) {
    release();
    throw error;
  } finally {
    prepared?.started();
    cgroup?.started();
  }
  const { wallTimeMs } = limits;
  if (typeof wallTimeMs === "number") {
    timer = setTimeout(() => process.endBy(`wall time limit of ${wallTimeMs} ms exceeded`), wallTimeMs);
  }
}

function confinementOf({ spec: { cwd, env }, sandbox, offline }: Start, { facts }: StartSettings): Confinement {
  if (sandbox === undefined) return { kind: "open" };
  const host = { facts, list: listDirectory, isPlaceholder };
  const confinement = confine(sandbox, { cwd, tmpdir: env.get("TMPDIR") }, host);
  return offline && confinement.kind !== "open" ? { ...confinement, network: "restricted" } : confinement;
}

function cgroupFor({ memoryBytes, pids }: ProcessLimits, { sandbox }: StartSettings): ProcessCgroup | undefined {
  if (typeof memoryBytes !== "number" && typeof pids !== "number") return undefined;
  const probe = sandbox.cgroup;
  if (!probe.works) throw invalidParams(`memory and process limits are not available here: ${probe.reason}`);
  return new ProcessCgroup(probe.directory, { memoryBytes: memoryBytes ?? undefined, pids: pids ?? undefined });
}

function startOf(name: string, settings: StartSettings, params: StartParams): Start {
  const spec = specOf(name, settings, params);
  const { sandbox } = params;
  if (sandbox !== null && sandbox !== undefined) return { spec, sandbox, offline: params.enforceManagedNetwork };
  if (!namesCodexLauncher(params.argv, params.arg0) || candidatePaths(name, spec.env, spec.cwd).some(pathExists)) {
    return { spec, sandbox: undefined, offline: false };
  }
  // a client of 0.130 on another machine: the program it names is its own
  const launch = parseCodexLaunch(params.argv);
  const [program] = launch.argv as [string];
  return {
    spec: { ...spec, program, argv: launch.argv, cwd: launch.cwd },
    sandbox: launch.sandbox,
    offline: launch.proxyOnly || params.enforceManagedNetwork,
  };
}

function specOf(name: string, settings: StartSettings, params: StartParams): SpawnSpec {
  const env = childEnvironment(settings.environment, params.envPolicy, params.env);
  if (params.tty && !env.has("SHELL")) env.set("SHELL", settings.shell);
  if (params.tty && !settings.spawner.terminals) {
    throw new SpawnError("terminals need Linux with glibc and FFI permission: this server cannot open one");
  }
  if (typeof params.arg0 === "string" && !settings.spawner.choosesArgv0) {
    throw new SpawnError("arg0 needs Linux with glibc and FFI permission: this server cannot set it");
  }
  return {
    program: name,
    argv: [params.arg0 ?? name, ...params.argv.slice(1)],
    env,
    cwd: params.cwd.path,
    stdio: params.tty
      ? {
        kind: "terminal",
        rows: params.rows ?? LIMITS.defaultTtyRows,
        cols: params.cols ?? LIMITS.defaultTtyCols,
      }
      : { kind: "pipes", stdin: params.pipeStdin },
  };
}
