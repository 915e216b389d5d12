import type { Transport } from "../protocol/mod.ts";
import { ClientError } from "./errors.ts";
import { LineTransport } from "./line_transport.ts";

/**
 * Connects to a unix socket and speaks lines of JSON on it, without HTTP. The websocket on a unix socket is
 * `connectWebSocket("unix:///path")`.
 *
 * @param path of the socket
 * @throws {ClientError} "connect" when nobody listens there
 */
export async function connectUnixLines(path: string): Promise<Transport> {
  try {
    const conn = await Deno.connect({ transport: "unix", path });
    return new LineTransport(conn, `unix ${path}`, () => {
      try {
        conn.close();
      } catch {
        // closed with its streams
      }
      return Promise.resolve();
    });
  } catch (cause) {
    const text = `failed to connect to exec-server socket \`${path}\`: ${(cause as Error).message}`;
    throw new ClientError("connect", text, { cause });
  }
}
