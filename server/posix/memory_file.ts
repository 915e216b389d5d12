import { closeDescriptors } from "./descriptors.ts";
import { cString, openLibc } from "./libc.ts";
import { PosixError } from "./posix_spawn.ts";

const MFD_CLOEXEC = 1, MFD_ALLOW_SEALING = 2;
const F_ADD_SEALS = 1033, ALL_SEALS = 0xf;

/**
 * A file without a name that holds these bytes and can never be changed. Opened anew through {@linkcode descriptorPath}
 * it is read from its beginning.
 *
 * @param name shows up in /proc
 * @param content gets the descriptor, which it may depend on
 * @returns its descriptor, closed in children
 * @throws {PosixError}
 */
export function memoryFile(name: string, content: (fd: number) => Uint8Array<ArrayBuffer>): number {
  const { call, errno } = openLibc();
  const fd = call.memfd_create(cString(name), MFD_CLOEXEC | MFD_ALLOW_SEALING);
  if (fd < 0) throw new PosixError("memfd_create", errno());
  try {
    const bytes = content(fd);
    for (let at = 0; at < bytes.length;) {
      const count = Number(call.write(fd, bytes.subarray(at), BigInt(bytes.length - at)));
      if (count < 0) throw new PosixError("write", errno());
      at += count;
    }
    if (call.fcntl(fd, F_ADD_SEALS, ALL_SEALS) < 0) throw new PosixError("fcntl", errno());
    return fd;
  } catch (error) {
    closeDescriptors(fd);
    throw error;
  }
}

/** The path under which whoever inherits a descriptor opens its file anew. */
export function descriptorPath(fd: number): string {
  return `/proc/self/fd/${fd}`;
}
