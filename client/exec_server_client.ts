import {
  type EnvironmentInfo,
  LIMITS,
  type MethodName,
  type NotificationName,
  type NotificationParams,
  type ParamsOf,
  type PathForm,
  type ProcessHandle,
  type ProcessSpec,
  type ResultOf,
  type Transport,
  TransportClosedError,
} from "../protocol/mod.ts";
import { Connection } from "./connection.ts";
import { decodeNotification } from "./decode_notification.ts";
import { decodeResult } from "./decode_result.ts";
import { errorText } from "./error_text.ts";
import { ClientError, DisconnectedError } from "./errors.ts";
import { handshake } from "./handshake.ts";
import { NotificationListeners, type ServerNotification } from "./notification_listeners.ts";
import type { ProcessCalls } from "./process_calls.ts";
import { ProcessTable } from "./process_table.ts";
import { resumeSession } from "./resume_session.ts";
import { startParams } from "./start_params.ts";
import { type ConnectTarget, type TransportSource, transportSource } from "./transport_source.ts";
import type { WebSocketOptions } from "./websocket_transport.ts";

/** Options of {@linkcode ExecServerClient.connect}. */
export interface ConnectOptions extends WebSocketOptions {
  /** Tells the server who is calling. */
  readonly clientName: string;
  /** Continues a detached session with its processes. */
  readonly resumeSessionId?: string | undefined;
  /** Bound of each handshake, ms; default 10 s. */
  readonly initializeTimeoutMs?: number | undefined;
  /** Takes every notification from the first message on: a resumed session may send some before it answers. */
  readonly onNotification?: ((notification: ServerNotification) => void) | undefined;
  /**
   * What a lost connection means. "none" (default): the end of the client. "resume": it is made again and the session
   * continued; no output is lost and writes are applied once. Only where a connection can be opened again, and only with
   * servers of the newer generation (those that send `environmentInfo`).
   */
  readonly recovery?: "resume" | "none" | undefined;
  /**
   * What happens when somebody reads the output of a process much more slowly than it comes. "drop" (default): 16 MiB are
   * kept, then the reader fails, and nobody else notices. "hold": the connection is not read until the reader has caught
   * up, so that nothing is lost and the process waits; so does everything else on the connection. For clients with one
   * process.
   */
  readonly slowReaders?: "drop" | "hold" | undefined;
  /** How long a lost connection may take to be made again, ms; default 45 s. */
  readonly recoveryWindowMs?: number | undefined;
}

/**
 * A session with an exec-server, ours or codex', over one connection at a time.
 *
 * @example Run a program
 * ```ts
 * import { ExecServer, ExecServerClient, parseListenAddress } from "../mod.ts";
 *
 * const server = await ExecServer.create();
 * const url = await server.listen(parseListenAddress("ws://127.0.0.1:0"));
 *
 * await using client = await ExecServerClient.connect(url, { clientName: "example", recovery: "resume" });
 * await using process = await client.start({ argv: ["echo", "hello"], cwd: "/", env: { PATH: "/usr/bin:/bin" } });
 * for await (const event of process) {
 *   if (event.type === "output") console.log(event.stream, new TextDecoder().decode(event.bytes));
 * }
 * const { exitCode } = await process.wait();
 * if (exitCode !== 0) throw new Error(`echo failed with ${exitCode}`);
 *
 * await client.close();
 * await server.shutdown();
 * ```
 */
export class ExecServerClient implements AsyncDisposable {
  readonly #options: ConnectOptions;
  readonly #source: TransportSource;
  readonly #listeners = new NotificationListeners();
  readonly #disconnects = new Set<(message: string) => void>();
  readonly #processes = new ProcessTable();
  readonly #processCalls: ProcessCalls;
  readonly #closed = Promise.withResolvers<void>();
  readonly #closing = new AbortController();
  readonly #work = new Set<Promise<void>>();
  #connection: Connection | undefined;
  #recovery: PromiseWithResolvers<void> | undefined;
  #end: string | undefined;
  #pendingCalls = 0;
  #sessionId = "";
  #environmentInfo: EnvironmentInfo | undefined;

  private constructor(source: TransportSource, options: ConnectOptions) {
    this.#source = source;
    this.#options = options;
    if (options.onNotification !== undefined) this.#listeners.addAny(options.onNotification);
    const isConnected = () => this.connected;
    this.#processCalls = {
      call: (method, params) => this.call(method, params),
      get connected() {
        return isConnected();
      },
      recovered: () => this.#recovered().then(() => true, () => false),
    };
  }

  /**
   * Opens a session.
   *
   * @param target where the server is
   * @throws {ClientError} when the server cannot be reached or does not speak the protocol
   * @throws {RpcError} when it refuses, for example because the session to resume is unknown or still attached
   */
  static async connect(target: ConnectTarget, options: ConnectOptions): Promise<ExecServerClient> {
    const client = new ExecServerClient(transportSource(target, options), options);
    const connection = client.#connect(await client.#source.open(options.signal));
    client.#connection = connection;
    try {
      await client.#handshake(connection, options.resumeSessionId, options.signal);
      if (connection.hasEnded) throw new ClientError("connect", "exec-server transport closed");
    } catch (error) {
      await client.close();
      throw error;
    }
    return client;
  }

  /** Resolves when the client has ended, whoever ended it; every open call has failed by then. */
  get closed(): Promise<void> {
    return this.#closed.promise;
  }

  /** Whether it has a connection right now; during a recovery calls wait for one. */
  get connected(): boolean {
    return this.#connection !== undefined;
  }

  /** Why the client has ended; undefined while it has not. */
  get failure(): string | undefined {
    return this.#end;
  }

  /** Id under which the session can be resumed after the connection was lost. */
  get sessionId(): string {
    return this.#sessionId;
  }

  /** Where the executor runs, if the server told in its handshake; codex 0.130.0 does not. */
  get environmentInfo(): EnvironmentInfo | undefined {
    return this.#environmentInfo;
  }

  /** How the server takes paths: servers without `environmentInfo` (0.130.0) know native ones only. */
  get pathForm(): PathForm {
    return this.#environmentInfo === undefined ? "native" : "uri";
  }

  /**
   * Starts a process on the server.
   *
   * @throws {RpcError} as `process/start` does
   * @throws {TransportClosedError} when the connection ends first; the process is then terminated if it can be
   */
  async start(spec: ProcessSpec): Promise<ProcessHandle> {
    const processId = spec.processId ?? crypto.randomUUID();
    if (this.#end !== undefined) throw new DisconnectedError(this.#end);
    const process = this.#processes.add(processId, this.#processCalls);
    try {
      const { sandboxType } = await this.call("process/start", startParams(spec, processId, this.pathForm));
      process.started(sandboxType);
    } catch (error) {
      process.forget();
      process.lost(error as Error);
      // whether it was started is not known; this is never sent a second time
      if (error instanceof TransportClosedError && this.#end === undefined) process.abandon().catch(() => {});
      throw error;
    }
    if (process.log.closed !== undefined) process.forget();
    return process;
  }

  /**
   * Sends a request and waits for its answer, however long that takes; during a recovery it is sent afterwards.
   *
   * @throws {RpcError} the server's error
   * @throws {TransportClosedError} when the connection ends first; whether the request was carried out is unknown
   * @throws {ClientError} "invalidAnswer" when the answer has the wrong shape
   */
  async call<M extends MethodName>(method: M, params: ParamsOf<M>): Promise<ResultOf<M>> {
    if (this.#pendingCalls >= LIMITS.maxPendingCalls && method !== "process/terminate" && method !== "fs/close") {
      const text = `exec-server has reached its limit of ${LIMITS.maxPendingCalls} pending requests`;
      throw new ClientError("protocol", `exec-server protocol error: ${text}`);
    }
    this.#pendingCalls++;
    try {
      const connection = this.#connection ?? await this.#recovered();
      return decodeResult(method, await connection.call(method, params));
    } finally {
      this.#pendingCalls--;
    }
  }

  /** Calls the listener for one kind of notification until the returned handle is disposed. */
  on<N extends NotificationName>(name: N, listener: (params: NotificationParams<N>) => void): Disposable {
    return this.#listeners.add(name, listener);
  }

  /** Calls the handler for every notification until the returned handle is disposed. */
  onNotification(handler: (notification: ServerNotification) => void): Disposable {
    return this.#listeners.addAny(handler);
  }

  /**
   * Calls the listener with the reason whenever a connection is lost, also one that is then recovered: what belongs to
   * the connection (file handles, HTTP bodies, watches) is gone.
   */
  onDisconnect(listener: (message: string) => void): Disposable {
    this.#disconnects.add(listener);
    return { [Symbol.dispose]: () => void this.#disconnects.delete(listener) };
  }

  /** Ends the connection; the session stays resumable for the server's time to live. */
  async close(): Promise<void> {
    const connection = this.#connection;
    this.#finish("exec-server transport closed");
    await connection?.close();
    await this.closed;
  }

  /** Same as {@linkcode close}. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #connect(transport: Transport): Connection {
    const connection: Connection = new Connection(transport, {
      notification: (method, params) => this.#notified(method, params),
      ended: () => this.#disconnected(connection),
    });
    this.#track(connection.closed);
    return connection;
  }

  /** The client has not ended before this has. */
  #track(work: Promise<void>): void {
    this.#work.add(work);
    work.then(() => this.#work.delete(work));
  }

  async #handshake(connection: Connection, resumeSessionId: string | undefined, signal?: AbortSignal): Promise<void> {
    const { clientName, initializeTimeoutMs: timeoutMs = LIMITS.initializeTimeoutMs } = this.#options;
    const result = await handshake(connection, { clientName, resumeSessionId, timeoutMs, signal });
    this.#sessionId = result.sessionId;
    this.#environmentInfo = result.environmentInfo;
  }

  #notified(method: string, params: unknown): Promise<void> | undefined {
    const notification = decodeNotification(method, params);
    if (notification === undefined) return undefined;
    const caughtUp = this.#processes.dispatch(notification);
    this.#listeners.dispatch(notification);
    // a recovery needs its answers
    return this.#options.slowReaders === "hold" && this.connected ? caughtUp?.() : undefined;
  }

  /** The connection is gone; one that is not in use yet, or no more, concerns nobody. */
  #disconnected(connection: Connection): void {
    if (connection !== this.#connection) return;
    const { message } = connection;
    // known once the handshake is done, and never of a server whose sessions cannot be resumed without loss
    const canResume = this.#source.reopens && this.#environmentInfo !== undefined;
    if (this.#options.recovery !== "resume" || !canResume) {
      this.#finish(message);
      return;
    }
    this.#connection = undefined;
    this.#recovery = Promise.withResolvers();
    this.#recovery.promise.catch(() => {}); // maybe nobody waits
    this.#processes.interrupted();
    this.#tellDisconnected(message);
    this.#track(this.#recover(message));
  }

  async #recover(message: string): Promise<void> {
    const { recoveryWindowMs = LIMITS.recoveryWindowMs } = this.#options;
    try {
      await resumeSession((signal) => this.#resume(signal), recoveryWindowMs, this.#closing.signal);
    } catch (error) {
      this.#finish(`${message}; failed to resume exec-server session: ${errorText(error)}`);
    }
  }

  /** One attempt; afterwards the client is connected again. */
  async #resume(signal: AbortSignal): Promise<void> {
    const connection = this.#connect(await this.#source.open(signal));
    const abort = () => void connection.close();
    signal.addEventListener("abort", abort, { once: true });
    try {
      await this.#handshake(connection, this.#sessionId, signal);
      await this.#processes.recover(connection);
      if (connection.hasEnded) throw new DisconnectedError(connection.message);
    } catch (error) {
      connection.close(); // which may take a while that the next attempt need not wait for
      throw error;
    } finally {
      signal.removeEventListener("abort", abort);
    }
    this.#connection = connection;
    this.#processes.resumed();
    this.#recovery?.resolve();
    this.#recovery = undefined;
  }

  /** The connection, once there is one again. @throws {DisconnectedError} when there never will be */
  async #recovered(): Promise<Connection> {
    while (true) {
      if (this.#connection !== undefined) return this.#connection;
      if (this.#end !== undefined) throw new DisconnectedError(this.#end);
      await this.#recovery?.promise;
    }
  }

  #finish(message: string): void {
    if (this.#end !== undefined) return;
    this.#end = message;
    this.#connection = undefined;
    this.#closing.abort(new DisconnectedError(message));
    this.#processes.fail(new DisconnectedError(message));
    this.#recovery?.resolve();
    this.#recovery = undefined;
    Promise.all(this.#work).then(() => this.#closed.resolve());
    this.#tellDisconnected(message);
  }

  #tellDisconnected(message: string): void {
    for (const listener of this.#disconnects) {
      try {
        listener(message);
      } catch (error) {
        reportError(error);
      }
    }
  }
}
