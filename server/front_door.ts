import { TEXTS, type Transport } from "../protocol/mod.ts";
import { type AcceptOptions, acceptTransport } from "./accept.ts";
import { AuthGate } from "./auth/auth_gate.ts";
import type { Authenticator, Principal } from "./auth/authenticator.ts";
import { errorStack } from "./error_stack.ts";
import { HandshakeQueue } from "./handshake_queue.ts";
import type { ListenAddress } from "./listen_address.ts";
import { listen, type Listener, type TlsIdentity } from "./listener.ts";
import { isLoopbackAddress } from "./loopback.ts";
import type { Logger } from "./log.ts";

/** Who is let in, and what is done with them. */
export interface FrontDoorOptions {
  /** Serves one client; its failure is logged. */
  readonly serve: (transport: Transport, principal: Principal | undefined) => Promise<void>;
  /** Who may open a websocket; without it everybody who reaches the address. */
  readonly authenticator?: Authenticator | undefined;
  /** Makes websocket listeners speak TLS. */
  readonly tls?: TlsIdentity | undefined;
  /** Lets everybody in who reaches an address that is not loopback. */
  readonly allowUnauthenticated?: boolean | undefined;
  /** Connections at once. */
  readonly maxConnections: number;
  /** Longest message. */
  readonly maxMessageBytes: number;
  /** Gets diagnostics. */
  readonly log: Logger;
  /** Counts connections that were refused. */
  readonly refused?: ((reason: "authentication" | "rate" | "capacity") => void) | undefined;
}

/** The listeners of a server: authenticates, bounds and upgrades connections, and hands them on as transports. */
export class FrontDoor {
  readonly #options: FrontDoorOptions;
  readonly #gate: AuthGate | undefined;
  readonly #listeners: Listener[] = [];
  readonly #handshakes = new HandshakeQueue();
  #places = 0;
  #closed = false;

  /** Nothing listens yet. @param options who is let in */
  constructor(options: FrontDoorOptions) {
    this.#options = options;
    const { authenticator, log, refused } = options;
    this.#gate = authenticator && new AuthGate(authenticator, log, (reason) => refused?.(reason));
  }

  /**
   * Listens on an address.
   *
   * @returns the URL clients connect to, with the real port
   * @throws {Error} when the address cannot be bound, or other machines reach it and clients need no authentication
   */
  async listen(address: Exclude<ListenAddress, { kind: "stdio" }>): Promise<string> {
    const { tls, authenticator, allowUnauthenticated = false, maxMessageBytes, log } = this.#options;
    const websocket = address.kind === "websocket";
    const loopback = websocket && isLoopbackAddress(address.hostname);
    if (websocket && !loopback && authenticator === undefined && !allowUnauthenticated) {
      throw new Error(
        `everybody who reaches ${address.hostname} could run programs here: use \`--ws-auth\`, a loopback address, or ` +
          "`--allow-unauthenticated`",
      );
    }
    if (websocket && !loopback && authenticator !== undefined && tls === undefined) {
      log.warn("tokens cross the network in the clear: use --tls-cert and --tls-key, or a TLS proxy");
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
          maxMessageBytes,
        });
      },
      failed: (error) => log.warn("cannot accept a connection", { error: String(error) }),
      slower: (error) => log.warn("small TLS messages may wait 40 ms", { error: String(error) }),
    }, tls);
    this.#listeners.push(listener);
    return listener.url;
  }

  /** Listens no more; connections that were let in live on. */
  close(): void {
    this.#closed = true;
    for (const listener of this.#listeners.splice(0)) listener.close();
  }

  async #accept(conn: Deno.Conn, options: Omit<AcceptOptions, "claim">): Promise<void> {
    const { maxConnections, log, refused, serve } = this.#options;
    let claimed = false;
    const claim = () => {
      if (this.#places >= maxConnections) {
        refused?.("capacity");
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
      if (client !== undefined) await serve(client.transport, client.principal);
    } catch (error) {
      log.error("connection failed", { error: errorStack(error) });
    } finally {
      this.#handshakes.delete(conn);
      if (claimed) this.#places--;
    }
  }
}
