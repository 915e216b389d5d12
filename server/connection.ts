import {
  decodeParams,
  ErrorCode,
  type IncomingMessage,
  INITIALIZED,
  invalidRequest,
  isMethodName,
  LIMITS,
  type MethodName,
  METHODS,
  Peer,
  type PeerHandler,
  ProtocolViolation,
  RpcError,
  TEXTS,
  type TraceContext,
  type Transport,
} from "../protocol/mod.ts";
import type { Principal } from "./auth/authenticator.ts";
import { errorStack } from "./error_stack.ts";
import { ByteBudget } from "./filesystem/byte_budget.ts";
import { FileHandles } from "./filesystem/file_handles.ts";
import { MissingWatch } from "./filesystem/missing_watch.ts";
import { environmentHandlers } from "./handlers/environment.ts";
import { filesystemHandlers } from "./handlers/filesystem.ts";
import type { Handlers } from "./handlers/handlers.ts";
import { httpHandlers } from "./handlers/http.ts";
import { processHandlers } from "./handlers/process.ts";
import { HttpRequests } from "./http/http_requests.ts";
import { LocalHttpClient } from "./http/local_http_client.ts";
import type { ServerState } from "./server_state.ts";
import type { NotificationTarget, Session } from "./session.ts";

/**
 * One client: the handshake, the methods it may call and what belongs to the connection rather than to its session (file
 * handles, the watch).
 *
 * Source: exec-server protocol, sections 5 and 6.
 */
export class Connection implements PeerHandler, NotificationTarget {
  readonly strict = true;
  readonly #state: ServerState;
  readonly #transport: Transport;
  readonly #peer: Peer;
  readonly #handlers: Handlers;
  readonly #handles: FileHandles;
  readonly #watch: MissingWatch;
  readonly #http: LocalHttpClient;
  /** Waiting reads return: nothing further is asked, or the server ends. */
  readonly #ending = new AbortController();
  /** No answer reaches the client any more. */
  readonly #gone = new AbortController();
  readonly #principal: Principal | undefined;
  #session: Session | undefined;
  #initialized = false;
  #left = false;

  /** @param state shared by all connections; @param transport the client; @param principal who it is */
  constructor(state: ServerState, transport: Transport, principal?: Principal) {
    this.#principal = principal;
    this.#state = state;
    this.#transport = transport;
    this.#peer = new Peer(transport, this, state.limits.maxInFlightRequests);
    this.#handles = new FileHandles(state.filesystem, state.limits.maxFileHandles);
    this.#watch = new MissingWatch((watchId) => this.notify("fs/missingChanged", { watchId }));
    this.#http = new LocalHttpClient({ ...state.http, released: () => transport.drained() });
    this.#handlers = {
      "initialize": (params) => this.#initialize(params.resumeSessionId ?? undefined),
      ...environmentHandlers(state.environment),
      ...processHandlers({
        session: () => this.#session as Session,
        start: state.start,
        signal: this.#ending.signal,
      }),
      ...filesystemHandlers({
        filesystem: state.filesystem,
        handles: this.#handles,
        watch: this.#watch,
        readBudget: new ByteBudget(LIMITS.maxReadAheadBytes),
        signal: this.#gone.signal,
        released: () => transport.drained(),
      }),
      ...httpHandlers(
        new HttpRequests(this.#http, this, (error) => this.unexpected(error), state.limits.maxHttpStreams),
      ),
    };
  }

  /** Serves the client until the connection ends; then its session waits for a resume. */
  async run(): Promise<void> {
    // waiting requests may fill every slot, and the end of the input stands behind them
    this.#transport.ended?.then(() => {
      this.#ending.abort();
      // nobody waits for them any more; on stdio the answers are still read
      if (!this.#transport.answersAfterEnd) this.#abandon();
    });
    await this.#peer.run();
    this.#abandon();
    this.#leaveSession();
    this.#watch.close();
    await this.#handles.closeAll();
  }

  #abandon(): void {
    this.#http.close();
    this.#gone.abort();
  }

  /** Lets waiting reads return and open requests finish, at most as long as `deadline` says. */
  async drain(deadline: Promise<void>): Promise<void> {
    this.#ending.abort();
    await Promise.race([this.#peer.idle(), deadline]);
  }

  /** Ends the connection. */
  close(): Promise<void> {
    return this.#peer.close({ code: 1001, text: "server is shutting down" });
  }

  get congested(): boolean {
    return this.#transport.queuedBytes > LIMITS.sendHighWaterBytes;
  }

  drained(): Promise<void> {
    return this.#transport.drained();
  }

  notify(method: string, params: unknown): void {
    this.#peer.notify(method, params);
  }

  parse(text: string): IncomingMessage {
    return this.#state.sandboxes.parse(text);
  }

  isBarrier(method: string): boolean {
    return method === "initialize";
  }

  /** Requests being answered. */
  get inFlight(): number {
    return this.#peer.inFlight;
  }

  /** Bytes waiting to be sent. */
  get queuedBytes(): number {
    return this.#transport.queuedBytes;
  }

  request(method: string, params: unknown, trace: TraceContext | undefined): unknown {
    const { telemetry } = this.#state;
    if (telemetry === undefined) return this.#answer(method, params);
    return telemetry.request(isMethodName(method) ? method : "unknown", trace, () => this.#answer(method, params));
  }

  #answer(method: string, params: unknown): unknown {
    if (!isMethodName(method)) throw new RpcError(ErrorCode.MethodNotFound, TEXTS.unknownMethod(method));
    const decoded = decodeParams(method, params);
    this.#checkHandshake(method);
    const handler = this.#handlers[method] as ((params: unknown) => unknown) | undefined;
    if (handler === undefined) throw new RpcError(ErrorCode.MethodNotFound, TEXTS.unknownMethod(method));
    return handler(decoded);
  }

  notification(method: string): void {
    if (method !== INITIALIZED) throw new ProtocolViolation(`unexpected notification: ${method}`);
    if (this.#session === undefined) throw new ProtocolViolation("initialized before initialize");
    this.#initialized = true;
  }

  async messagesEnded(): Promise<void> {
    // a client that lost its connection may come back before this one is closed
    if (!this.#transport.answersAfterEnd) return this.#leaveSession();
    let timer: ReturnType<typeof setTimeout> | undefined;
    await this.drain(new Promise((resolve) => timer = setTimeout(resolve, LIMITS.drainTimeoutMs)));
    clearTimeout(timer);
  }

  #leaveSession(): void {
    this.#ending.abort();
    if (this.#session === undefined || this.#left) return;
    this.#left = true;
    this.#state.sessions.detach(this.#session);
  }

  unexpected(error: unknown): void {
    this.#state.log.error("unexpected error", { error: errorStack(error) });
  }

  #checkHandshake(method: MethodName): void {
    const { family } = METHODS[method];
    if (family === "handshake") return;
    if (this.#session === undefined) throw invalidRequest(TEXTS.callInitialize(family));
    if (!this.#initialized) throw invalidRequest(TEXTS.sendInitialized(family));
  }

  #initialize(resumeSessionId: string | undefined) {
    if (this.#session !== undefined) throw invalidRequest(TEXTS.initializeOnce);
    const { sessions, environment } = this.#state;
    this.#session = resumeSessionId === undefined
      ? sessions.create(this, this.#principal)
      : this.#resume(resumeSessionId);
    return { sessionId: this.#session.id, environmentInfo: environment.info };
  }

  #resume(id: string): Session {
    const { sessions, telemetry } = this.#state;
    try {
      const session = sessions.resume(id, this, this.#principal);
      telemetry?.resumed("resumed");
      return session;
    } catch (error) {
      const attached = error instanceof RpcError && error.code === ErrorCode.SessionAttached;
      telemetry?.resumed(attached ? "attached" : "unknown");
      throw error;
    }
  }
}
