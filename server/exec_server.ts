import {
  type EnvironmentInfo,
  type Filesystem,
  invalidRequest,
  LIMITS,
  TEXTS,
  type Transport,
} from "../protocol/mod.ts";
import { HelperPool, ResolvedProfiles, type Walls } from "../sandbox/mod.ts";
import { type AcceptOptions, acceptTransport } from "./accept.ts";
import { AuthGate } from "./auth/auth_gate.ts";
import type { Authenticator, Principal } from "./auth/authenticator.ts";
import { errorStack } from "./error_stack.ts";
import { Connection } from "./connection.ts";
import { processHandlers } from "./handlers/process.ts";
import { LocalExec } from "./local_exec.ts";
import { describeEnvironment } from "./environment/executor_environment.ts";
import { LocalFilesystem } from "./filesystem/local_filesystem.ts";
import { SandboxRouter } from "./filesystem/sandbox_router.ts";
import { HttpPolicy, type HttpPolicyOptions } from "./http/http_policy.ts";
import type { HostResolver } from "./http/resolve_host.ts";
import { HandshakeQueue } from "./handshake_queue.ts";
import type { ListenAddress } from "./listen_address.ts";
import { listen, type Listener, type TlsIdentity } from "./listener.ts";
import { isLoopbackAddress } from "./loopback.ts";
import { type Logger, SILENT } from "./log.ts";
import { CommandSpawner } from "./process/command_spawner.ts";
import { PosixSpawner } from "./process/posix_spawner.ts";
import { ProcessSandbox } from "./process/sandbox/process_sandbox.ts";
import type { Spawner } from "./process/spawner.ts";
import type { ServerSnapshot } from "./telemetry/signals.ts";
import { type Telemetry, withoutTelemetry } from "./telemetry/telemetry.ts";
import { Watchdog } from "./process/watchdog.ts";
import { hostFacts } from "./posix/host_facts.ts";
import { openLibc } from "./posix/libc.ts";
import { sealInheritedDescriptors } from "./posix/descriptors.ts";
import type { ServerState } from "./server_state.ts";
import type { SessionSettings } from "./session.ts";
import { DEFAULT_LIMITS, type ServerLimits } from "./server_limits.ts";
import { SessionRegistry } from "./session_registry.ts";

/** Options of a server; every one has a default. */
export interface ExecServerOptions {
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
  /** Who may open a websocket; default everybody who reaches the listener. */
  readonly authenticator?: Authenticator;
  /** Makes websocket listeners speak TLS. */
  readonly tls?: TlsIdentity;
  /** Whether a websocket listener that other machines reach may do without {@linkcode authenticator}; default false. */
  readonly allowUnauthenticated?: boolean;
  /** Traces and metrics; default none. */
  readonly telemetry?: Telemetry;
  /** Gets diagnostics; default none. */
  readonly log?: Logger;
  /** Path of bubblewrap; default the first on `PATH`. */
  readonly bwrap?: string;
  /** Starts processes; default `posix_spawn` by FFI, or `Deno.Command` where that is not possible. */
  readonly spawner?: Spawner;
}

/**
 * An exec-server: serves any number of listeners and transports from one set of sessions.
 *
 * @example
 * ```ts
 * import { ExecServer, parseListenAddress } from "./mod.ts";
 * const server = await ExecServer.create();
 * const url = await server.listen(parseListenAddress("ws://127.0.0.1:0"));
 * await server.shutdown();
 * if (!url.startsWith("ws://127.0.0.1:")) throw new Error(url);
 * ```
 */
export class ExecServer {
  readonly #state: ServerState;
  readonly #options: ExecServerOptions;
  readonly #gate: AuthGate | undefined;
  readonly #gauges: Disposable | undefined;
  readonly #listeners: Listener[] = [];
  readonly #connections = new Set<Connection>();
  readonly #handshakes = new HandshakeQueue();
  #places = 0;
  #local: LocalExec | undefined;
  #stopping: Promise<void> | undefined;

  private constructor(state: ServerState, options: ExecServerOptions) {
    this.#state = state;
    this.#options = options;
    this.#gate = options.authenticator &&
      new AuthGate(options.authenticator, state.log, (reason) => options.telemetry?.refused(reason));
    this.#gauges = options.telemetry?.observe(() => this.#snapshot());
  }

  /** Prepares a server; nothing listens yet. */
  static async create(options: ExecServerOptions = {}): Promise<ExecServer> {
    const log = options.log ?? SILENT;
    const spawner = options.spawner ?? chooseSpawner(log);
    const watchdog = new Watchdog(spawner);
    const variables = options.environment ?? withoutTelemetry(Deno.env.toObject());
    const sandbox = await ProcessSandbox.create({
      bwrap: options.bwrap,
      searchPath: variables.PATH ?? "",
      keeper: { holds: () => {}, releases: () => {} },
    });
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
    });
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
    const state: ServerState = {
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
    return new ExecServer(state, options);
  }

  /** Starts processes with what this server starts them with, without any connection; they end with the server. */
  localExec(): LocalExec {
    const { session, start } = this.#state;
    this.#local ??= new LocalExec({ session, handlers: (context) => processHandlers({ ...context, start }) });
    return this.#local;
  }

  /** The machine's files, sandboxed requests included, without any connection. */
  get filesystem(): Filesystem {
    return this.#state.filesystem;
  }

  /** What this server tells about the machine it runs on. */
  get environmentInfo(): EnvironmentInfo {
    return this.#state.environment.info;
  }

  /** Connections being served. */
  get connections(): number {
    return this.#connections.size;
  }

  /**
   * Listens on an address.
   *
   * @returns the URL clients connect to, with the real port
   * @throws {Error} when the address cannot be bound, or other machines reach it and clients need no authentication
   */
  async listen(address: Exclude<ListenAddress, { kind: "stdio" }>): Promise<string> {
    const { tls, authenticator, allowUnauthenticated = false } = this.#options;
    const websocket = address.kind === "websocket";
    const loopback = websocket && isLoopbackAddress(address.hostname);
    if (websocket && !loopback && authenticator === undefined && !allowUnauthenticated) {
      throw new Error(
        `everybody who reaches ${address.hostname} could run programs here: use \`--ws-auth\`, a loopback address, or ` +
          "`--allow-unauthenticated`",
      );
    }
    if (websocket && !loopback && authenticator !== undefined && tls === undefined) {
      this.#state.log.warn("tokens cross the network in the clear: use --tls-cert and --tls-key, or a TLS proxy");
    }
    const { log } = this.#state;
    const listener = await listen(address, {
      accept: (conn, name, address) => {
        this.#accept(conn, {
          name,
          address,
          lines: !websocket,
          ready: this.#stopping === undefined,
          checkHost: loopback && authenticator === undefined,
          gate: websocket ? this.#gate : undefined,
          maxMessageBytes: this.#state.limits.maxMessageBytes,
        });
      },
      failed: (error) => log.warn("cannot accept a connection", { error: String(error) }),
      slower: (error) => log.warn("small TLS messages may wait 40 ms", { error: String(error) }),
    }, tls);
    this.#listeners.push(listener);
    return listener.url;
  }

  async #accept(conn: Deno.Conn, options: Omit<AcceptOptions, "claim">): Promise<void> {
    let claimed = false;
    const claim = () => {
      const { maxConnections } = this.#state.limits;
      if (this.#places >= maxConnections) {
        this.#state.telemetry?.refused("capacity");
        return TEXTS.tooManyConnections(maxConnections);
      }
      this.#places++;
      claimed = true;
      return undefined;
    };
    this.#handshakes.add(conn);
    try {
      const client = await acceptTransport(conn, { ...options, claim });
      this.#handshakes.delete(conn);
      if (client !== undefined) await this.serve(client.transport, client.principal);
    } catch (error) {
      this.#state.log.error("connection failed", { error: errorStack(error) });
    } finally {
      this.#handshakes.delete(conn);
      if (claimed) this.#places--;
    }
  }

  /** Serves one client on a transport; resolves when it is gone. @param principal who it is, for its sessions */
  async serve(transport: Transport, principal?: Principal): Promise<void> {
    const connection = new Connection(this.#state, transport, principal);
    this.#connections.add(connection);
    this.#state.log.debug("connection opened", { connections: this.#connections.size });
    try {
      await connection.run();
    } finally {
      this.#connections.delete(connection);
      this.#state.log.debug("connection closed", { connections: this.#connections.size });
    }
  }

  /**
   * Stops: no new connections, requests in flight may finish for a while, every process is killed with its descendants,
   * connections are closed.
   */
  shutdown(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  #snapshot(): ServerSnapshot {
    const { sessions } = this.#state;
    let inFlightRequests = 0, queuedBytes = 0;
    for (const connection of this.#connections) {
      inFlightRequests += connection.inFlight;
      queuedBytes += connection.queuedBytes;
    }
    return {
      connections: this.#connections.size,
      attachedSessions: sessions.size - sessions.detached,
      detachedSessions: sessions.detached,
      processes: sessions.openProcesses,
      helpers: this.#state.helpers.size,
      inFlightRequests,
      queuedBytes,
    };
  }

  async #stop(): Promise<void> {
    this.#gauges?.[Symbol.dispose]();
    for (const listener of this.#listeners) listener.close();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const deadline = new Promise<void>((resolve) => timer = setTimeout(resolve, LIMITS.drainTimeoutMs));
    const connections = [...this.#connections];
    await Promise.all(connections.map((connection) => connection.drain(deadline)));
    await Promise.race([this.#state.watchdog.stop(), deadline]);
    clearTimeout(timer);
    this.#state.sessions.endAll();
    this.#local?.close();
    await this.#state.helpers.close();
    this.#state.profiles.close();
    await Promise.all(connections.map((connection) => connection.close()));
    this.#state.telemetry?.flush();
  }
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
