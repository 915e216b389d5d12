import { openLibc } from "./libc.ts";
import { PosixError } from "./posix_spawn.ts";

const O_CLOEXEC = 0x80000, O_NONBLOCK = 0x800;
const F_SETFD = 2, F_SETFL = 4, F_DUPFD_CLOEXEC = 1030, FD_CLOEXEC = 1;

/** A pipe whose ends are both closed in children. @throws {PosixError} */
export function openPipe(): { readonly readEnd: number; readonly writeEnd: number } {
  const libc = openLibc();
  const ends = new Int32Array(2);
  if (libc.call.pipe2(new Uint8Array(ends.buffer), O_CLOEXEC) < 0) throw new PosixError("pipe2", libc.errno());
  return { readEnd: ends[0] as number, writeEnd: ends[1] as number };
}

/** Makes reads and writes of this end return instead of waiting. */
export function setNonBlocking(fd: number): void {
  openLibc().call.fcntl(fd, F_SETFL, O_NONBLOCK);
}

/** Another descriptor of the same open file. @throws {PosixError} */
export function duplicate(fd: number): number {
  const libc = openLibc();
  const copy = libc.call.fcntl(fd, F_DUPFD_CLOEXEC, 3);
  if (copy < 0) throw new PosixError("fcntl", libc.errno());
  return copy;
}

/** The lowest descriptor {@linkcode moveUp} gives: below are the fixed numbers under which children find theirs. */
export const FIRST_FREE_DESCRIPTOR = 16;

/** Gives an open file a number that is in nobody's way in a child. @throws {PosixError}, with the descriptor closed */
export function moveUp(fd: number): number {
  if (fd >= FIRST_FREE_DESCRIPTOR) return fd;
  const libc = openLibc();
  const moved = libc.call.fcntl(fd, F_DUPFD_CLOEXEC, FIRST_FREE_DESCRIPTOR);
  const errno = libc.errno();
  libc.call.close(fd);
  if (moved < 0) throw new PosixError("fcntl", errno);
  return moved;
}

/** Closes descriptors. */
export function closeDescriptors(...fds: number[]): void {
  for (const fd of fds) openLibc().call.close(fd);
}

/** Keeps descriptors that this process inherited from its own parent out of its children; 0 to 2 stay as they are. */
export function sealInheritedDescriptors(): void {
  const libc = openLibc();
  for (const entry of Deno.readDirSync("/proc/self/fd")) {
    const fd = Number(entry.name);
    if (fd > 2) libc.call.fcntl(fd, F_SETFD, FD_CLOEXEC);
  }
}
