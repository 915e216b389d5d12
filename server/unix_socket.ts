/** A listening unix socket and how to remove its file. */
export interface BoundUnixSocket {
  readonly socket: Deno.UnixListener;
  /** Removes the file unless another server has replaced it. */
  remove(): void;
}

const OWNER_ONLY = 0o177;

/**
 * Binds a unix socket that only its owner can use (mode 0600 from the start). A socket nobody listens on any more is
 * replaced.
 *
 * @throws {Deno.errors.AddrInUse} when a server listens there; {Error} when the path is something else than a socket
 */
export async function bindUnixSocket(path: string): Promise<BoundUnixSocket> {
  await removeStale(path);
  const umask = Deno.umask(OWNER_ONLY);
  let socket: Deno.UnixListener;
  try {
    socket = Deno.listen({ transport: "unix", path });
  } finally {
    Deno.umask(umask);
  }
  const { ino } = Deno.lstatSync(path);
  return {
    socket,
    remove: () => {
      try {
        if (Deno.lstatSync(path).ino === ino) Deno.removeSync(path);
      } catch {
        // it is gone already
      }
    },
  };
}

async function removeStale(path: string): Promise<void> {
  let info: Deno.FileInfo;
  try {
    info = await Deno.lstat(path);
  } catch {
    return;
  }
  if (!info.isSocket) throw new Error(`cannot listen on ${path}: it exists and is not a socket`);
  try {
    const conn = await Deno.connect({ transport: "unix", path });
    conn.close();
  } catch (error) {
    if (!(error instanceof Deno.errors.ConnectionRefused)) throw error;
    await Deno.remove(path);
    return;
  }
  throw new Deno.errors.AddrInUse(path);
}
