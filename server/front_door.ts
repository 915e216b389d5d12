import { TEXTS, type Transport } from "../protocol/mod.ts";
import { type AcceptOptions, acceptTransport } from "./accept.ts";
import { AuthGate } from "./auth/auth_gate.ts";
import type { Authenticator, Principal } from "./auth/authenticator.ts";
import { errorStack } from "./error_stack.ts";
import { HandshakeQueue } from "./handshake_queue.ts";
import type { ListenAddress } from "./listen_address.ts";
import { listen, type Listener, type TlsIdentity } from "./listener.ts";
import { type Logger, SILENT } from "./log.ts";
import { isLoopbackAddress } from "./loopback.ts";
import type { Refusal } from "./telemetry/telemetry.ts";
import { DEFAULT_LIMITS, type ServerLimits } from "./server_limits.ts";

/** Who is let in at a listener. */
export interface FrontDoorOptions {
  /** Who may open a websocket; default everybody who reaches the listener. */
  readonly authenticator?: Authenticator | undefined;
  /** Makes websocket listeners speak TLS. */
  readonly tls?: TlsIdentity | undefined;
  /** Whether a websocket listener that other machines reach may do without {@linkcode authenticator}; default false. */
  readonly allowUnauthenticated?: boolean | undefined;
  /** Bounds; those not named have their defaults. */
  readonly limits?: Partial<ServerLimits> | undefined;
  /** Gets diagnostics; default none. */
  readonly log?: Logger | undefined;
  /** Is told why a client was refused. */
  readonly refused?: ((reason: Refusal) => void) | undefined;
}

/** Serves one client; resolves when it is gone. */
export type ServeTransport = (transport: Transport, principal?: Principal) => Promise<void>;

/**
 * The listeners of a server: binds addresses, lets clients in that may come, and hands them on as transports.
 *
 * Source: exec-server protocol, sections 4.3 and 4.4.
 */
export class FrontDoor {
  readonly #serve: ServeTransport;
  readonly #options: FrontDoorOptions;
  readonly #limits: ServerLimits;
  readonly #log: Logger;
  readonly #gate: AuthGate | undefined;
  readonly #listeners: Listener[] = [];
  readonly #handshakes = new HandshakeQueue();
  #places = 0;
  #closed = false;

  /** Nothing listens yet. @param serve takes the clients; its failures are logged; @param options who may come in */
  constructor(serve: ServeTransport, options: FrontDoorOptions = {}) {
    this.#serve = serve;
    this.#options = options;
    this.#limits = { ...DEFAULT_LIMITS, ...options.limits };
    this.#log = options.log ?? SILENT;
    this.#gate = options.authenticator &&
      new AuthGate(options.authenticator, this.#log, (reason) => options.refused?.(reason));
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
      this.#log.warn("tokens cross the network in the clear: use --tls-cert and --tls-key, or a TLS proxy");
    }
    const listener = await listen(address, {
      accept: (conn, name, address) => {
        this.#accept(conn, {
          name,
          address,
          lines: !websocket,
          ready: !this.#closed,
          checkHost: loopback && authenticator === undefined,
          gate: websocket ? this.#gate : undefined,
          maxMessageBytes: this.#limits.maxMessageBytes,
        });
      },
      failed: (error) => this.#log.warn("cannot accept a connection", { error: String(error) }),
      slower: (error) => this.#log.warn("small TLS messages may wait 40 ms", { error: String(error) }),
    }, tls);
    this.#listeners.push(listener);
    return listener.url;
  }

  /** Stops listening; clients that are in stay. */
  close(): void {
    this.#closed = true;
    for (const listener of this.#listeners.splice(0)) listener.close();
  }

  async #accept(conn: Deno.Conn, options: Omit<AcceptOptions, "claim">): Promise<void> {
    let claimed = false;
    const claim = () => {
      const { maxConnections } = this.#limits;
      if (this.#places >= maxConnections) {
        this.#options.refused?.("capacity");
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
      if (client !== undefined) await this.#serve(client.transport, client.principal);
    } catch (error) {
      this.#log.error("connection failed", { error: errorStack(error) });
    } finally {
      this.#handshakes.delete(conn);
      if (claimed) this.#places--;
    }
  }
}
