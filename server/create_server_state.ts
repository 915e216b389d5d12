import { invalidRequest, LIMITS } from "../protocol/mod.ts";
import { HelperPool, ResolvedProfiles, type Walls } from "../sandbox/mod.ts";
import { describeEnvironment } from "./environment/executor_environment.ts";
import { LocalFilesystem } from "./filesystem/local_filesystem.ts";
import { SandboxRouter } from "./filesystem/sandbox_router.ts";
import { HttpPolicy, type HttpPolicyOptions } from "./http/http_policy.ts";
import type { HostResolver } from "./http/resolve_host.ts";
import { type Logger, SILENT } from "./log.ts";
import { CommandSpawner } from "./process/command_spawner.ts";
import { PosixSpawner } from "./process/posix_spawner.ts";
import { ProcessSandbox, type SandboxFallback } from "./process/sandbox/process_sandbox.ts";
import type { Spawner } from "./process/spawner.ts";
import { type Telemetry, withoutTelemetry } from "./telemetry/telemetry.ts";
import { Watchdog } from "./process/watchdog.ts";
import { hostFacts } from "./posix/host_facts.ts";
import { openLibc } from "./posix/libc.ts";
import { sealInheritedDescriptors } from "./posix/descriptors.ts";
import type { ServerState } from "./server_state.ts";
import type { SessionSettings } from "./session.ts";
import { DEFAULT_LIMITS, type ServerLimits } from "./server_limits.ts";
import { SessionRegistry } from "./session_registry.ts";

/** Options of a server's state; every one has a default. */
export interface ServerStateOptions {
  /** Life of a detached session, ms; default 80 s. */
  readonly sessionTtlMs?: number;
  /** How long a closed process is remembered, ms; default 80 s. */
  readonly processRetentionMs?: number;
  /** Output retained for each process, bytes; default 1 MiB. */
  readonly retainedOutputBytes?: number;
  /** Which hosts `http/request` may reach; default all but metadata services. */
  readonly http?: HttpPolicyOptions;
  /** Finds addresses of host names for `http/request`; default the system's resolver. */
  readonly resolveHost?: HostResolver;
  /** Environment that `envPolicy` selects from and `http/request` goes by; default the server's own but for `OTEL_*`. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Bounds; those not named have their defaults. */
  readonly limits?: Partial<ServerLimits>;
  /** Traces and metrics; default none. */
  readonly telemetry?: Telemetry;
  /** Gets diagnostics; default none. */
  readonly log?: Logger;
  /** Path of bubblewrap; default the first on `PATH`. */
  readonly bwrap?: string | undefined;
  /** What to do with restricted processes where bubblewrap does not work; default `landlock`. */
  readonly sandboxFallback?: SandboxFallback;
  /** Starts processes; default `posix_spawn` by FFI, or `Deno.Command` where that is not possible. */
  readonly spawner?: Spawner;
}

/** Prepares what all connections of a server share; nothing listens yet. */
export async function createServerState(options: ServerStateOptions = {}): Promise<ServerState> {
  const log = options.log ?? SILENT;
  const spawner = options.spawner ?? chooseSpawner(log);
  const watchdog = new Watchdog(spawner);
  const variables = options.environment ?? withoutTelemetry(Deno.env.toObject());
  const sandbox = await ProcessSandbox.create({
    bwrap: options.bwrap,
    searchPath: variables.PATH ?? "",
    fallback: options.sandboxFallback,
    spawner,
    keeper: watchdog,
  });
  logWalls(sandbox, log);
  const environment = await describeEnvironment(variables, {
    fsWatchMissing: true,
    environmentConfigRead: true,
    fileWriteStreaming: true,
    sandboxedFileStreaming: true,
    processCloseStdin: true,
    processList: true,
    processSignals: true,
    processResize: spawner.terminals,
    httpHeaderEnvVars: true,
    httpRequestCancel: true,
    processSandbox: sandbox.info.walls.length > 0,
    processLimits: true,
    processMemoryLimits: sandbox.cgroup.works,
  }, { process: sandbox.info });
  const helpers = new HelperPool({ check: (walls) => checkWalls(walls, log) });
  const facts = hostFacts({ tmpdir: variables.TMPDIR ?? "", home: environment.userHome });
  const profiles = new ResolvedProfiles(facts);
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const session: SessionSettings = {
    maxRetainedBytes: limits.maxRetainedBytes,
    sessionTtlMs: options.sessionTtlMs ?? LIMITS.sessionTtlMs,
    processRetentionMs: options.processRetentionMs ?? LIMITS.processRetentionMs,
    retainedOutputBytes: options.retainedOutputBytes ?? LIMITS.retainedOutputBytes,
    watchdog,
  };
  return {
    session,
    sessions: new SessionRegistry(session, limits.maxSessions),
    filesystem: new SandboxRouter(new LocalFilesystem(), helpers, profiles),
    helpers,
    profiles,
    watchdog,
    start: {
      spawner,
      sandbox,
      facts,
      watchdog,
      environment: variables,
      shell: environment.shell,
      maxProcesses: limits.maxProcesses,
    },
    http: { environment: variables, policy: new HttpPolicy(options.http), resolve: options.resolveHost, log },
    environment,
    limits,
    telemetry: options.telemetry,
    log,
  };
}

function logWalls(sandbox: ProcessSandbox, log: Logger): void {
  const { walls, missing = [] } = sandbox.info;
  log.info("process sandbox", { walls: walls.join(" "), missing: missing.join("; ") });
}

/** A helper whose walls do not hold against races runs nothing: a request is never sandboxed more weakly in silence. */
function checkWalls(walls: Walls, log: Logger): void {
  const { descriptors, landlock, permissions, missing } = walls;
  log.info("sandbox helper started", { descriptors, landlock, permissions, missing: missing.join("; ") });
  if (!descriptors) {
    throw invalidRequest(`sandboxed requests cannot be enforced on this host: ${missing.join("; ")}`);
  }
}

function chooseSpawner(log: Logger): Spawner {
  try {
    openLibc();
    sealInheritedDescriptors();
    return new PosixSpawner();
  } catch (error) {
    log.warn("no terminals and slower process starts: the C library cannot be called", {
      reason: error instanceof Error ? error.message : String(error),
    });
    return new CommandSpawner();
  }
}
