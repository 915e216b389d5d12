import type { ListenAddress } from "./listen_address.ts";
import { withNoDelay } from "./posix/no_delay.ts";
import { bindUnixSocket } from "./unix_socket.ts";

/** An open listening socket. */
export interface Listener {
  /** What clients connect to: `ws://127.0.0.1:41331`, `wss://…`, `unix:///run/x.sock`. */
  readonly url: string;
  /** Stops listening; accepted connections live on. */
  close(): void;
}

/** Certificate chain and private key of a TLS listener, PEM. */
export interface TlsIdentity {
  /** The server's own certificate first. */
  readonly cert: string;
  /** Belongs to that certificate. */
  readonly key: string;
}

/** Takes the connections of a listener. */
export interface Acceptor {
  /** A connection; `name` stands in texts, `address` is the client's IP address, empty for a unix socket. */
  accept(conn: Deno.Conn, name: string, address: string): void;
  /** A connection could not be accepted. */
  failed(error: unknown): void;
  /** Small messages of TLS connections may wait 40 ms. */
  slower(reason: unknown): void;
}

// a full descriptor table makes accept fail at once, again and again
const ACCEPT_RETRY_MS = 50;

/**
 * Listens for connections.
 *
 * @param tls makes a websocket listener speak TLS
 * @throws {Error} when the address cannot be bound or the certificate not be used
 */
export async function listen(
  address: Exclude<ListenAddress, { kind: "stdio" }>,
  acceptor: Acceptor,
  tls?: TlsIdentity,
): Promise<Listener> {
  if (address.kind === "unix") {
    const { socket, remove } = await bindUnixSocket(address.path);
    acceptAll(socket, (conn) => acceptor.accept(conn, "unix socket", ""), acceptor);
    return {
      url: `unix://${address.path}`,
      close: () => {
        socket.close();
        remove();
      },
    };
  }
  const { hostname, port } = address;
  const socket: Deno.TcpListener | Deno.TlsListener = tls === undefined
    ? Deno.listen({ hostname, port })
    : listenTls({ hostname, port, ...tls }, acceptor);
  acceptAll<Deno.TcpConn | Deno.TlsConn>(socket, (conn) => {
    if ("setNoDelay" in conn) conn.setNoDelay(true);
    acceptor.accept(conn, formatAddress(conn.remoteAddr), conn.remoteAddr.hostname);
  }, acceptor);
  const scheme = tls === undefined ? "ws" : "wss";
  return { url: `${scheme}://${formatAddress(socket.addr as Deno.NetAddr)}`, close: () => socket.close() };
}

function listenTls(options: Deno.ListenTlsOptions & Deno.TlsCertifiedKeyPem, acceptor: Acceptor): Deno.TlsListener {
  try {
    return withNoDelay(() => Deno.listenTls(options), (reason) => acceptor.slower(reason));
  } catch (error) {
    if (error instanceof Deno.errors.AddrInUse) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`cannot listen with this TLS certificate and key: ${reason}`, { cause: error });
  }
}

interface AcceptingSocket<C> {
  accept(): Promise<C>;
}

async function acceptAll<C>(
  socket: AcceptingSocket<C>,
  accept: (conn: C) => void,
  acceptor: Acceptor,
): Promise<void> {
  while (true) {
    try {
      accept(await socket.accept());
    } catch (error) {
      if (error instanceof Deno.errors.BadResource || error instanceof Deno.errors.Interrupted) return;
      acceptor.failed(error);
      await new Promise((resolve) => setTimeout(resolve, ACCEPT_RETRY_MS));
    }
  }
}

function formatAddress({ hostname, port }: Deno.NetAddr): string {
  return hostname.includes(":") ? `[${hostname}]:${port}` : `${hostname}:${port}`;
}
