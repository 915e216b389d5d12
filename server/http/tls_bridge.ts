import { closeQuietly, writeAll } from "../byte_stream.ts";

const BUFFER_BYTES = 64 * 1024;

/**
 * Turns a TLS connection into a TCP connection of this machine that carries the same bytes, so that TLS can be started
 * inside it: Deno only starts it on TCP. When either of them ends, so does the other; none keeps the program running.
 *
 * @throws {Error} when there is no loopback interface
 */
export async function bridgeTls(tls: Deno.TlsConn): Promise<Deno.TcpConn> {
  try {
    const [near, far] = await connectedPair();
    for (const conn of [tls, far]) conn.unref();
    const end = () => [tls, far].forEach(closeQuietly);
    Promise.all([carry(tls, far), carry(far, tls)]).then(end, end);
    return near;
  } catch (error) {
    closeQuietly(tls);
    throw error;
  }
}

/** Two ends of a connection over loopback that nobody else has a part in. */
async function connectedPair(): Promise<[near: Deno.TcpConn, far: Deno.TcpConn]> {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const near = await Deno.connect({ hostname: "127.0.0.1", port: listener.addr.port });
  near.setNoDelay(true);
  while (true) {
    const far = await listener.accept();
    far.setNoDelay(true);
    // any program of this machine may have been faster
    if (far.remoteAddr.port === near.localAddr.port) return [near, far];
    far.close();
  }
}

/** Carries bytes and then the end. */
async function carry(from: Deno.Conn, to: Deno.Conn): Promise<void> {
  const buffer = new Uint8Array(BUFFER_BYTES);
  for (let count = await from.read(buffer); count !== null; count = await from.read(buffer)) {
    await writeAll(to, buffer.subarray(0, count));
  }
  await to.closeWrite();
}
