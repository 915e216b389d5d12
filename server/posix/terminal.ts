import { closeDescriptors } from "./descriptors.ts";
import { openLibc } from "./libc.ts";
import { PosixError } from "./posix_spawn.ts";

const O_RDWR = 0x2, O_NOCTTY = 0x100, O_CLOEXEC = 0x80000;
const TIOCSWINSZ = 0x5414n;

/** A new pseudo terminal: the server's side and the name of the program's side. */
export interface Terminal {
  /** Descriptor of the server's side. */
  readonly master: number;
  /** Device of the program's side, e.g. `/dev/pts/3`. */
  readonly path: string;
}

/** Opens a pseudo terminal of the given size. @throws {PosixError} */
export function openTerminal(rows: number, cols: number): Terminal {
  const libc = openLibc();
  const master = libc.call.posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
  if (master < 0) throw new PosixError("posix_openpt", libc.errno());
  const name = new Uint8Array(128);
  if (libc.call.grantpt(master) < 0 || libc.call.unlockpt(master) < 0) {
    const errno = libc.errno();
    closeDescriptors(master);
    throw new PosixError("unlockpt", errno);
  }
  const errno = libc.call.ptsname_r(master, name, BigInt(name.length));
  if (errno !== 0) {
    closeDescriptors(master);
    throw new PosixError("ptsname_r", errno);
  }
  resizeTerminal(master, rows, cols);
  return { master, path: new TextDecoder().decode(name.subarray(0, name.indexOf(0))) };
}

/** Changes the size; the foreground program gets SIGWINCH. */
export function resizeTerminal(master: number, rows: number, cols: number): void {
  const size = new Uint16Array([rows, cols, 0, 0]);
  openLibc().call.ioctl(master, TIOCSWINSZ, new Uint8Array(size.buffer));
}
