import { ErrorCode, Peer, ProtocolViolation, RpcError, type Transport, TransportClosedError } from "../protocol/mod.ts";
import { DisconnectedError } from "./errors.ts";

/** Who uses a connection. */
export interface ConnectionUser {
  /**
   * Takes a notification. @returns a promise to read nothing further until it resolves
   *
   * @throws {ProtocolViolation} when it has the wrong shape
   */
  notification(method: string, params: unknown): void | Promise<void>;
  /** The connection has ended; its calls have failed. */
  ended(): void;
}

/**
 * One transport to a server: its calls, and why it ended.
 *
 * Source: environments, sections 1.5 and 1.9.
 */
export class Connection {
  /** Resolves when the transport is released. */
  readonly closed: Promise<void>;
  readonly #transport: Transport;
  readonly #peer: Peer;
  #reason: string | undefined;
  #ended = false;

  /** Starts reading. @param transport belongs to the connection from now on; @param user gets what arrives */
  constructor(transport: Transport, user: ConnectionUser) {
    this.#transport = transport;
    this.#peer = new Peer(transport, {
      request: refuseRequest,
      notification: (method, params) => this.#violable(() => user.notification(method, params)),
      malformed: (detail) =>
        this.#violable(() => {
          const text = `failed to parse ${this.#kind} message from exec-server ${transport.label}: ${detail}`;
          throw new ProtocolViolation(`exec-server transport disconnected: ${text}`);
        }),
      ended: () => {
        this.#ended = true;
        user.ended();
      },
      isBarrier: () => false,
      strict: false,
      unexpected: reportError,
    });
    this.closed = this.#peer.run();
  }

  /** Whether it has ended. */
  get hasEnded(): boolean {
    return this.#ended;
  }

  /** Why it has ended: the text of who depended on it. */
  get message(): string {
    const { label, failure } = this.#transport;
    if (this.#reason !== undefined) return this.#reason;
    if (failure === undefined) return "exec-server transport disconnected";
    return `exec-server transport disconnected: failed to read ${this.#kind} message from exec-server ${label}: ${failure}`;
  }

  /** Sends a request at once. @throws {RpcError} the server's error; {DisconnectedError} when the connection ends first */
  async call(method: string, params: unknown): Promise<unknown> {
    try {
      return await this.#peer.call(method, params);
    } catch (error) {
      if (error instanceof TransportClosedError) throw new DisconnectedError(this.message);
      throw error;
    }
  }

  /** Sends a notification. */
  notify(method: string, params: unknown): void {
    this.#peer.notify(method, params);
  }

  /** Ends it; every open call fails at once. */
  async close(): Promise<void> {
    await this.#peer.close({ code: 1000, text: "" });
    await this.closed;
  }

  get #kind(): string {
    return this.#transport.label.startsWith("websocket") ? "websocket JSON-RPC" : "JSON-RPC";
  }

  /** What the server should not have sent ends the connection and is its reason. */
  #violable<T>(action: () => T): T {
    try {
      return action();
    } catch (error) {
      if (error instanceof ProtocolViolation) this.#reason ??= error.message;
      throw error;
    }
  }
}

function refuseRequest(method: string): never {
  throw new RpcError(ErrorCode.MethodNotFound, `exec-server client does not implement \`${method}\` yet`);
}
