import {
  type EnvironmentInfo,
  ErrorCode,
  INITIALIZED,
  type MethodName,
  METHODS,
  type NotificationName,
  type NotificationParams,
  type ParamsOf,
  type PathForm,
  Peer,
  type ProcessHandle,
  type ProcessSpec,
  type ResultOf,
  RpcError,
  type Transport,
  TransportClosedError,
} from "../protocol/mod.ts";
import { ClientError, DisconnectedError } from "./errors.ts";
import { NotificationListeners, type ServerNotification } from "./notification_listeners.ts";
import { ProcessTable } from "./process_table.ts";
import { startParams } from "./start_params.ts";
import { connectWebSocket, type WebSocketOptions } from "./websocket_transport.ts";

const INITIALIZE_TIMEOUT_MS = 10_000;

/** Options of {@linkcode ExecServerClient.connect}. */
export interface ConnectOptions extends WebSocketOptions {
  /** Tells the server who is calling. */
  readonly clientName: string;
  /** Continues a detached session with its processes. */
  readonly resumeSessionId?: string;
  /** Bound of the whole handshake; 10 s by default. */
  readonly initializeTimeoutMs?: number;
  /** Takes every notification from the first message on: a resumed session may send some before it answers. */
  readonly onNotification?: (notification: ServerNotification) => void;
}

/**
 * A connection to an exec-server, ours or codex', after its handshake.
 *
 * @example
 * ```ts ignore
 * await using client = await ExecServerClient.connect("ws://127.0.0.1:7800", { clientName: "example" });
 * client.on("process/output", ({ chunk }) => console.log(atob(chunk)));
 * await client.call("process/start", { processId: "p", argv: ["date"], cwd: "/", env: {}, tty: false });
 * ```
 */
export class ExecServerClient implements AsyncDisposable {
  readonly #peer: Peer;
  readonly #listeners = new NotificationListeners();
  readonly #processes = new ProcessTable();
  #sessionId = "";
  #environmentInfo: EnvironmentInfo | undefined;

  /** Resolves when the connection has ended, whoever ended it; every open call has failed by then. */
  readonly closed: Promise<void>;

  private constructor(transport: Transport, options: ConnectOptions) {
    if (options.onNotification !== undefined) this.#listeners.addAny(options.onNotification);
    this.#peer = new Peer(transport, {
      request: refuseRequest,
      notification: (method, params) => this.#listeners.dispatch(method, params),
      isBarrier: () => false,
      strict: false,
      unexpected: reportError,
    });
    this.on("process/output", (params) => this.#processes.output(params));
    this.on("process/exited", (params) => this.#processes.exited(params));
    this.on("process/closed", (params) => this.#processes.closed(params));
    this.closed = this.#peer.run().then(() => {
      this.#processes.fail(new DisconnectedError("exec-server transport disconnected"));
    });
  }

  /**
   * Opens a session.
   *
   * @param target a URL for {@linkcode connectWebSocket}, or a transport, which then belongs to the client
   * @throws {ClientError} when the server cannot be reached or does not speak the protocol
   * @throws {RpcError} when it refuses, for example because the session to resume is unknown or still attached
   */
  static async connect(target: string | URL | Transport, options: ConnectOptions): Promise<ExecServerClient> {
    const isUrl = typeof target === "string" || target instanceof URL;
    const transport = isUrl ? await connectWebSocket(String(target), options) : target;
    const client = new ExecServerClient(transport, options);
    try {
      await client.#handshake(options);
    } catch (error) {
      await client.close();
      throw error;
    }
    return client;
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
    const process = this.#processes.add(processId, this);
    try {
      const { sandboxType } = await this.call("process/start", startParams(spec, processId, this.pathForm));
      process.started(sandboxType);
    } catch (error) {
      process.forget();
      throw error;
    }
    return process;
  }

  /**
   * Sends a request and waits for its answer, however long that takes.
   *
   * @throws {RpcError} the server's error
   * @throws {TransportClosedError} when the connection ends first; whether the request was carried out is unknown
   * @throws {ClientError} "invalidAnswer" when the answer has the wrong shape
   */
  async call<M extends MethodName>(method: M, params: ParamsOf<M>): Promise<ResultOf<M>> {
    const answer = METHODS[method].result.safeParse(await this.#peer.call(method, params));
    if (answer.success) return answer.data as ResultOf<M>;
    const issue = answer.error.issues[0];
    const where = ["result", ...issue?.path ?? []].map(String).join(".");
    throw new ClientError("invalidAnswer", `invalid answer to \`${method}\`: ${where}: ${issue?.message}`);
  }

  /** Calls the listener for one kind of notification until the returned handle is disposed. */
  on<N extends NotificationName>(name: N, listener: (params: NotificationParams<N>) => void): Disposable {
    return this.#listeners.add(name, listener);
  }

  /** Calls the handler for every notification until the returned handle is disposed. */
  onNotification(handler: (notification: ServerNotification) => void): Disposable {
    return this.#listeners.addAny(handler);
  }

  /** Ends the connection; the session stays resumable for the server's time to live. */
  async close(): Promise<void> {
    await this.#peer.close({ code: 1000, text: "" });
    await this.closed;
  }

  /** Same as {@linkcode close}. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #handshake(options: ConnectOptions): Promise<void> {
    const { clientName, resumeSessionId = null, initializeTimeoutMs = INITIALIZE_TIMEOUT_MS, signal } = options;
    const interrupted = Promise.withResolvers<never>();
    const timer = setTimeout(() => {
      const text = `timed out waiting for exec-server initialize handshake after ${initializeTimeoutMs} ms`;
      interrupted.reject(new ClientError("handshakeTimeout", text));
    }, initializeTimeoutMs);
    const abort = () => interrupted.reject(signal?.reason);
    signal?.addEventListener("abort", abort, { once: true });
    try {
      const initialize = this.call("initialize", { clientName, resumeSessionId });
      const { sessionId, environmentInfo } = await Promise.race([initialize, interrupted.promise]);
      if (resumeSessionId !== null && sessionId !== resumeSessionId) {
        throw new ClientError("unexpectedSession", `exec-server initialized an unexpected session ${sessionId}`);
      }
      this.#sessionId = sessionId;
      this.#environmentInfo = environmentInfo;
      this.#peer.notify(INITIALIZED, {});
    } catch (error) {
      if (error instanceof TransportClosedError) {
        throw new ClientError("connect", error.message, { cause: error });
      }
      throw error;
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener("abort", abort);
    }
  }
}

function refuseRequest(method: string): never {
  throw new RpcError(ErrorCode.MethodNotFound, `exec-server client does not implement \`${method}\` yet`);
}
