import { At, Open } from "./constants.ts";
import { Errno } from "./errno.ts";
import type { Libc } from "./libc.ts";
import { decodeName } from "./names.ts";
import { OsError } from "./os_error.ts";

const IN_ATTRIB = 0x4, IN_MOVED_FROM = 0x40, IN_MOVED_TO = 0x80, IN_CREATE = 0x100, IN_DELETE = 0x200;
const IN_DELETE_SELF = 0x400, IN_MOVE_SELF = 0x800;
const IN_ONLYDIR = 0x0100_0000, IN_DONT_FOLLOW = 0x0200_0000;
const MASK = IN_ATTRIB | IN_MOVED_FROM | IN_MOVED_TO | IN_CREATE | IN_DELETE | IN_DELETE_SELF | IN_MOVE_SELF |
  IN_ONLYDIR | IN_DONT_FOLLOW;
const POLLIN = 1, POLLPRI = 2;
const BUFFER_BYTES = 64 * 1024;

/**
 * File systems that report each change of a directory to inotify before the call that made it returns. Others change
 * without being told to (proc), or on another machine.
 */
const REPORTING = new Set([
  0xef53, // ext2, ext3, ext4
  0x58465342, // xfs
  0x9123683e, // btrfs
  0x01021994, // tmpfs
  0x858458f6, // ramfs
  0x794c7630, // overlayfs
  0xf2f52010, // f2fs
]);

/** Something happened to a name in a watched directory, or, for "", to the directory itself. */
export type NameChanged = (watch: number, name: string) => void;

/** An inotify instance, asked without waiting, together with the mounts of this process. */
export class Inotify {
  readonly #libc: Libc;
  readonly #fd: number;
  readonly #mounts: number;
  readonly #poll = new Uint8Array(16);
  readonly #pollView = new DataView(this.#poll.buffer);
  readonly #events = new Uint8Array(BUFFER_BYTES);
  readonly #eventsView = new DataView(this.#events.buffer);

  /** Watches nothing yet. @throws {OsError} when the user has no more instances, or there is no procfs */
  constructor(libc: Libc) {
    this.#libc = libc;
    this.#mounts = libc.call.openat(At.FDCWD, cString("/proc/self/mountinfo"), Open.RDONLY | Open.CLOEXEC, 0);
    if (this.#mounts < 0) throw new OsError(libc.errno());
    this.#fd = libc.call.inotifyInit1(Open.NONBLOCK | Open.CLOEXEC);
    if (this.#fd < 0) {
      const error = new OsError(libc.errno());
      libc.call.close(this.#mounts);
      throw error;
    }
    this.#pollView.setInt32(0, this.#fd, true);
    this.#pollView.setInt16(4, POLLIN, true);
    this.#pollView.setInt32(8, this.#mounts, true);
    this.#pollView.setInt16(12, POLLPRI, true);
  }

  /**
   * Watches a directory; a link is none.
   *
   * @returns its number, the same for each path that leads to it
   * @throws {OsError} also EOPNOTSUPP for one on a file system whose changes are not all reported
   */
  add(path: string): number {
    const name = cString(path);
    const directory = this.#libc.call.openat(
      At.FDCWD,
      name,
      Open.PATH | Open.DIRECTORY | Open.NOFOLLOW | Open.CLOEXEC,
      0,
    );
    if (directory < 0) throw new OsError(this.#libc.errno());
    try {
      const facts = new Uint8Array(256);
      if (this.#libc.call.fstatfs(directory, facts) < 0) throw new OsError(this.#libc.errno());
      if (!REPORTING.has(new DataView(facts.buffer).getUint32(0, true))) throw new OsError(Errno.EOPNOTSUPP);
    } finally {
      this.#libc.call.close(directory);
    }
    const watch = this.#libc.call.inotifyAddWatch(this.#fd, name, MASK);
    if (watch < 0) throw new OsError(this.#libc.errno());
    return watch;
  }

  /** Ends a watch. */
  remove(watch: number): void {
    this.#libc.call.inotifyRmWatch(this.#fd, watch);
  }

  /**
   * Reports what happened since the last time. Whatever was done before this call is among it.
   *
   * @returns false when something may have happened that cannot be told: a mount, or more than the kernel keeps
   */
  drain(changed: NameChanged): boolean {
    if (this.#libc.call.poll(this.#poll, 2, 0) === 0) return true;
    let complete = this.#pollView.getInt16(14, true) === 0;
    if (this.#pollView.getInt16(6, true) === 0) return complete;
    for (;;) {
      const filled = this.#libc.call.read(this.#fd, this.#events);
      if (filled <= 0) {
        if (filled < 0 && this.#libc.errno() === Errno.EINTR) continue;
        return complete && this.#libc.errno() === Errno.EAGAIN;
      }
      for (let at = 0; at < filled;) {
        const watch = this.#eventsView.getInt32(at, true);
        const length = this.#eventsView.getUint32(at + 12, true);
        const start = at + 16;
        at = start + length;
        // the queue was full
        if (watch < 0) complete = false;
        else {changed(
            watch,
            length === 0 ? "" : decodeName(this.#events.subarray(start, this.#events.indexOf(0, start))),
          );}
      }
    }
  }

  /** Ends all watches. */
  close(): void {
    this.#libc.call.close(this.#fd);
    this.#libc.call.close(this.#mounts);
  }
}

function cString(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(`${text}\0`);
}
