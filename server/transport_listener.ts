import type { Transport } from "../protocol/mod.ts";
import { acceptTransport } from "./accept.ts";
import { errorStack } from "./error_stack.ts";
import type { ListenAddress } from "./listen_address.ts";
import { listen, type Listener } from "./listener.ts";
import { type Logger, SILENT } from "./log.ts";

/** What is done with the connections of a {@linkcode listenForTransports}. */
export interface TransportListenerOptions {
  /** Serves one client; its failure is logged. */
  readonly serve: (transport: Transport) => Promise<void>;
  /** Gets diagnostics; default none. */
  readonly log?: Logger;
}

/**
 * Listens as an exec-server does, for programs that answer by themselves.
 *
 * @throws {Error} when the address cannot be bound
 */
export async function listenForTransports(
  address: Exclude<ListenAddress, { kind: "stdio" }>,
  { serve, log = SILENT }: TransportListenerOptions,
): Promise<Listener> {
  const lines = address.kind === "unix";
  const accept = async (conn: Deno.Conn, name: string): Promise<void> => {
    try {
      const transport = await acceptTransport(conn, { name, lines, ready: true });
      if (transport !== undefined) await serve(transport);
    } catch (error) {
      log.error("connection failed", { error: errorStack(error) });
    }
  };
  return await listen(address, accept, (error) => {
    log.warn("cannot accept a connection", { error: String(error) });
  });
}
