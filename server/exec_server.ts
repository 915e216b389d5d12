import { type EnvironmentInfo, type Filesystem, invalidRequest, LIMITS, type Transport } from "../protocol/mod.ts";
import { HelperPool, type Walls } from "../sandbox/mod.ts";
import { type AcceptOptions, acceptTransport } from "./accept.ts";
import { errorStack } from "./error_stack.ts";
import { Connection } from "./connection.ts";
import { processHandlers } from "./handlers/process.ts";
import { LocalExec } from "./local_exec.ts";
import { describeEnvironment } from "./environment/executor_environment.ts";
import { LocalFilesystem } from "./filesystem/local_filesystem.ts";
import { SandboxRouter } from "./filesystem/sandbox_router.ts";
import type { ListenAddress } from "./listen_address.ts";
import { listen, type Listener } from "./listener.ts";
import { type Logger, SILENT } from "./log.ts";
import { CommandSpawner } from "./process/command_spawner.ts";
import { PosixSpawner } from "./process/posix_spawner.ts";
import type { Spawner } from "./process/spawner.ts";
import { Watchdog } from "./process/watchdog.ts";
import { hostFacts } from "./posix/host_facts.ts";
import { openLibc } from "./posix/libc.ts";
import { sealInheritedDescriptors } from "./posix/descriptors.ts";
import type { ServerState } from "./server_state.ts";
import type { SessionSettings } from "./session.ts";
import { SessionRegistry } from "./session_registry.ts";

/** Options of a server; every one has a default. */
export interface ExecServerOptions {
  /** Life of a detached session, ms; default 80 s. */
  readonly sessionTtlMs?: number;
  /** How long a closed process is remembered, ms; default 80 s. */
  readonly processRetentionMs?: number;
  /** Output retained for each process, bytes; default 1 MiB. */
  readonly retainedOutputBytes?: number;
  /** Environment that `envPolicy` selects from; default the server's own. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Gets diagnostics; default none. */
  readonly log?: Logger;
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
  readonly #watchdog: Watchdog;
  readonly #helpers: HelperPool;
  readonly #listeners: Listener[] = [];
  readonly #connections = new Set<Connection>();
  #local: LocalExec | undefined;
  #stopping: Promise<void> | undefined;

  private constructor(state: ServerState, watchdog: Watchdog, helpers: HelperPool) {
    this.#state = state;
    this.#watchdog = watchdog;
    this.#helpers = helpers;
  }

  /** Prepares a server; nothing listens yet. */
  static async create(options: ExecServerOptions = {}): Promise<ExecServer> {
    const log = options.log ?? SILENT;
    const spawner = options.spawner ?? chooseSpawner(log);
    const watchdog = new Watchdog(spawner);
    const variables = options.environment ?? Deno.env.toObject();
    const environment = await describeEnvironment(variables, {
      fsWatchMissing: true,
      environmentConfigRead: true,
      fileWriteStreaming: true,
      sandboxedFileStreaming: true,
      processCloseStdin: true,
      processList: true,
      processSignals: true,
      processResize: spawner.terminals,
    });
    const helpers = new HelperPool({ check: (walls) => checkWalls(walls, log) });
    const host = hostFacts({
      tmpdir: variables.TMPDIR ?? "",
      home: environment.userHome,
    });
    const session: SessionSettings = {
      sessionTtlMs: options.sessionTtlMs ?? LIMITS.sessionTtlMs,
      processRetentionMs: options.processRetentionMs ?? LIMITS.processRetentionMs,
      retainedOutputBytes: options.retainedOutputBytes ?? LIMITS.retainedOutputBytes,
      watchdog,
    };
    const state: ServerState = {
      session,
      sessions: new SessionRegistry(session),
      filesystem: new SandboxRouter(new LocalFilesystem(), helpers, host),
      start: { spawner, watchdog, environment: variables, shell: environment.shell },
      environment,
      log,
    };
    return new ExecServer(state, watchdog, helpers);
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
   * @throws {Error} when the address cannot be bound
   */
  async listen(address: Exclude<ListenAddress, { kind: "stdio" }>): Promise<string> {
    const lines = address.kind === "unix";
    const listener = await listen(
      address,
      (conn, name) => {
        const ready = this.#stopping === undefined;
        this.#accept(conn, { name, lines, ready });
      },
      (error) => this.#state.log.warn("cannot accept a connection", { error: String(error) }),
    );
    this.#listeners.push(listener);
    return listener.url;
  }

  async #accept(conn: Deno.Conn, options: AcceptOptions): Promise<void> {
    try {
      const transport = await acceptTransport(conn, options);
      if (transport !== undefined) await this.serve(transport);
    } catch (error) {
      this.#state.log.error("connection failed", { error: errorStack(error) });
    }
  }

  /** Serves one client on a transport; resolves when it is gone. */
  async serve(transport: Transport): Promise<void> {
    const connection = new Connection(this.#state, transport);
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

  async #stop(): Promise<void> {
    for (const listener of this.#listeners) listener.close();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const deadline = new Promise<void>((resolve) => timer = setTimeout(resolve, LIMITS.drainTimeoutMs));
    const connections = [...this.#connections];
    await Promise.all(connections.map((connection) => connection.drain(deadline)));
    await Promise.race([this.#watchdog.stop(), deadline]);
    clearTimeout(timer);
    this.#state.sessions.endAll();
    this.#local?.close();
    await this.#helpers.close();
    await Promise.all(connections.map((connection) => connection.close()));
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
