import { type EnvironmentInfo, type Filesystem, type HttpClient, LIMITS, type Transport } from "../protocol/mod.ts";
import type { Authenticator, Principal } from "./auth/authenticator.ts";
import { Connection } from "./connection.ts";
import { processHandlers } from "./handlers/process.ts";
import { LocalExec } from "./local_exec.ts";
import { LocalHttpClient } from "./http/local_http_client.ts";
import { createServerState, type ServerStateOptions } from "./create_server_state.ts";
import { FrontDoor } from "./front_door.ts";
import type { ListenAddress } from "./listen_address.ts";
import type { TlsIdentity } from "./listener.ts";
import type { ServerSnapshot } from "./telemetry/signals.ts";
import type { ServerState } from "./server_state.ts";

/** Options of a server; every one has a default. */
export interface ExecServerOptions extends ServerStateOptions {
  /** Who may open a websocket; default everybody who reaches the listener. */
  readonly authenticator?: Authenticator;
  /** Makes websocket listeners speak TLS. */
  readonly tls?: TlsIdentity;
  /** Whether a websocket listener that other machines reach may do without {@linkcode authenticator}; default false. */
  readonly allowUnauthenticated?: boolean;
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
  readonly #door: FrontDoor;
  readonly #gauges: Disposable | undefined;
  readonly #connections = new Set<Connection>();
  #local: LocalExec | undefined;
  #localHttp: LocalHttpClient | undefined;
  #stopping: Promise<void> | undefined;

  private constructor(state: ServerState, options: ExecServerOptions) {
    this.#state = state;
    this.#door = new FrontDoor((transport, principal) => this.serve(transport, principal), {
      ...options,
      limits: state.limits,
      log: state.log,
      refused: (reason) => options.telemetry?.refused(reason),
    });
    this.#gauges = options.telemetry?.observe(() => this.#snapshot());
  }

  /** Prepares a server; nothing listens yet. */
  static async create(options: ExecServerOptions = {}): Promise<ExecServer> {
    return new ExecServer(await createServerState(options), options);
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

  /** Sends HTTP requests from this machine as this server does, without any connection; it ends with the server. */
  localHttp(): HttpClient {
    this.#localHttp ??= new LocalHttpClient(this.#state.http);
    return this.#localHttp;
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
  listen(address: Exclude<ListenAddress, { kind: "stdio" }>): Promise<string> {
    return this.#door.listen(address);
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
    this.#door.close();
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
    this.#state.start.sandbox.close();
    this.#localHttp?.[Symbol.dispose]();
    await Promise.all(connections.map((connection) => connection.close()));
    this.#state.telemetry?.flush();
  }
}
