import type { ListenAddress } from "./listen_address.ts";
import { bindUnixSocket } from "./unix_socket.ts";

/** An open listening socket. */
export interface Listener {
  /** What clients connect to: `ws://127.0.0.1:41331`, `unix:///run/x.sock`. */
  readonly url: string;
  /** Stops listening; accepted connections live on. */
  close(): void;
}

// a full descriptor table makes accept fail at once, again and again
const ACCEPT_RETRY_MS = 50;

/**
 * Listens for connections.
 *
 * @param accept takes each connection with a name for texts
 * @param failed is told of connections that could not be accepted
 * @throws {Error} when the address cannot be bound
 */
export async function listen(
  address: Exclude<ListenAddress, { kind: "stdio" }>,
  accept: (conn: Deno.Conn, name: string) => void,
  failed: (error: unknown) => void,
): Promise<Listener> {
  if (address.kind === "unix") {
    const { socket, remove } = await bindUnixSocket(address.path);
    acceptAll(socket, (conn) => accept(conn, "unix socket"), failed);
    return {
      url: `unix://${address.path}`,
      close: () => {
        socket.close();
        remove();
      },
    };
  }
  const socket = Deno.listen({ hostname: address.hostname, port: address.port });
  acceptAll(socket, (conn) => {
    conn.setNoDelay(true);
    accept(conn, formatAddress(conn.remoteAddr as Deno.NetAddr));
  }, failed);
  return { url: `ws://${formatAddress(socket.addr as Deno.NetAddr)}`, close: () => socket.close() };
}

interface AcceptingSocket<C> {
  accept(): Promise<C>;
}

async function acceptAll<C>(
  socket: AcceptingSocket<C>,
  accept: (conn: C) => void,
  failed: (error: unknown) => void,
): Promise<void> {
  while (true) {
    try {
      accept(await socket.accept());
    } catch (error) {
      if (error instanceof Deno.errors.BadResource || error instanceof Deno.errors.Interrupted) return;
      failed(error);
      await new Promise((resolve) => setTimeout(resolve, ACCEPT_RETRY_MS));
    }
  }
}

function formatAddress({ hostname, port }: Deno.NetAddr): string {
  return hostname.includes(":") ? `[${hostname}]:${port}` : `${hostname}:${port}`;
}
