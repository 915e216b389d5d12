import { LIMITS, RepeatedMember } from "../protocol/mod.ts";
import { HelperPool, type HelperPoolOptions, probeWalls, ResolvedProfiles } from "../sandbox/mod.ts";
import { describeEnvironment } from "./environment/executor_environment.ts";
import { LocalFilesystem } from "./filesystem/local_filesystem.ts";
import { SandboxRouter } from "./filesystem/sandbox_router.ts";
import { SandboxWalls } from "./filesystem/sandbox_walls.ts";
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
import { keepLargeBlocksApart } from "./posix/trim_memory.ts";
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
  /** How restricted file requests are run. */
  readonly sandbox?: SandboxOptions;
  /** Path of bubblewrap; default the first on `PATH`. */
  readonly bwrap?: string | undefined;
  /** What to do with restricted processes where bubblewrap does not work; default `landlock`. */
  readonly sandboxFallback?: SandboxFallback;
  /** Starts processes; default `posix_spawn` by FFI, or `Deno.Command` where that is not possible. */
  readonly spawner?: Spawner;
}

/** Options of the sandbox for files. */
export interface SandboxOptions {
  /**
   * Runs restricted requests even where nothing but checked paths can be had: links lead nowhere they should not, but who
   * swaps one between check and use can get out. Default false: they are refused there.
   */
  readonly allowPortable?: boolean;
  /** Absolute path of the C library, or null to do without; default the one of this process. */
  readonly libc?: string | null;
  /** Helpers that may be kept while nobody uses them; default 16. */
  readonly maxHelpers?: number;
  /** A helper that nobody used for so long ends, ms; default 60 s. */
  readonly helperIdleMs?: number;
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
  const walls = new SandboxWalls(probeWalls(options.sandbox?.libc), options.sandbox?.allowPortable === true, log);
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
  }, () => ({ filesystem: walls.info, process: sandbox.info }));
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const helpers = new HelperPool({
    ...helperOptions(options.sandbox),
    maxHelpers: limits.maxHelpers,
    check: (found) => walls.check(found),
  });
  const facts = hostFacts({ tmpdir: variables.TMPDIR ?? "", home: environment.userHome });
  const profiles = new ResolvedProfiles(facts);
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
    sandboxes: new RepeatedMember("sandbox"),
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
    http: {
      environment: variables,
      policy: new HttpPolicy(options.http),
      resolve: options.resolveHost,
      log,
      busyWait: true,
    },
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

function helperOptions({ libc, maxHelpers, helperIdleMs }: SandboxOptions = {}): HelperPoolOptions {
  return {
    ...(libc !== undefined && { libc }),
    ...(maxHelpers !== undefined && { maxHelpers }),
    ...(helperIdleMs !== undefined && { idleMs: helperIdleMs }),
  };
}

function chooseSpawner(log: Logger): Spawner {
  try {
    openLibc();
    sealInheritedDescriptors();
    keepLargeBlocksApart();
    return new PosixSpawner();
  } catch (error) {
    log.warn("no terminals and slower process starts: the C library cannot be called", {
      reason: error instanceof Error ? error.message : String(error),
    });
    return new CommandSpawner();
  }
}
