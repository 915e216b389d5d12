import { type Libc, openLibc } from "./libc.ts";

const IPPROTO_TCP = 6, TCP_NODELAY = 1;
const FOLDER = "/proc/self/fd";

/**
 * Opens a listening socket whose connections send small messages at once. Deno offers that for TCP connections but not
 * for TLS ones, where a message behind another then waits 44 ms for the client's delayed acknowledgement; Linux lets
 * connections inherit it from the socket that accepts them.
 *
 * @param open opens the socket, synchronously
 * @param unable is told why it is opened without that
 */
export function withNoDelay<T>(open: () => T, unable: (reason: unknown) => void): T {
  let libc: Libc;
  try {
    libc = openLibc();
  } catch (error) {
    unable(error);
    return open();
  }
  const before = openSockets();
  const socket = open();
  const on = new Uint8Array(new Int32Array([1]).buffer);
  for (const [name, fd] of openSockets()) {
    // sockets of other kinds refuse it
    if (!before.has(name)) libc.call.setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, on, on.length);
  }
  return socket;
}

/** Descriptors of this process's sockets by the socket's name. */
function openSockets(): Map<string, number> {
  const sockets = new Map<string, number>();
  for (const { name } of Deno.readDirSync(FOLDER)) {
    try {
      const link = Deno.readLinkSync(`${FOLDER}/${name}`);
      if (link.startsWith("socket:")) sockets.set(link, Number(name));
    } catch {
      // the one that read the folder, or closed since
    }
  }
  return sockets;
}
