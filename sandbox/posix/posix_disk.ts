import type { Directory, Disk, Entry, Facts, OpenFile, OpenMode } from "../helper/disk.ts";
import { At, Open, Resolve } from "./constants.ts";
import { readEntries } from "./directory_entries.ts";
import { Errno } from "./errno.ts";
import type { Libc } from "./libc.ts";
import { decodeName, encodeName } from "./names.ts";
import { OsError } from "./os_error.ts";
import { PosixFile } from "./posix_file.ts";
import { parseStatx, STATX_BYTES, STATX_MASK } from "./statx.ts";

const ENTER = Open.PATH | Open.DIRECTORY | Open.NOFOLLOW | Open.CLOEXEC;
const LIST = Open.RDONLY | Open.DIRECTORY | Open.NOFOLLOW | Open.CLOEXEC | Open.NONBLOCK;
const FILE = Open.NOFOLLOW | Open.CLOEXEC | Open.NONBLOCK | Open.NOCTTY;
const NO_LINKS = BigInt(Resolve.NO_SYMLINKS | Resolve.NO_MAGICLINKS);
const NAME_BYTES = 4096;
const PROC_SUPER_MAGIC = 0x9fa0;
const PROC_ROOT_INODE = 1;

/** Works on descriptors: nothing can be swapped between looking at a name and using it. */
export class PosixDisk implements Disk {
  mutations = 0;
  readonly #libc: Libc;
  readonly #encoder = new TextEncoder();
  readonly #name = new Uint8Array(NAME_BYTES * 3 + 1);
  readonly #second = new Uint8Array(NAME_BYTES);
  readonly #statx = new Uint8Array(STATX_BYTES);
  readonly #statxView = new DataView(this.#statx.buffer);
  readonly #how = new Uint8Array(new BigUint64Array([BigInt(ENTER), 0n, NO_LINKS]).buffer);
  readonly #procfs = new Map<string, boolean>();
  #openat2: boolean;

  /** Works with a C library. @param openat2 false does without that call, as on an old kernel */
  constructor(libc: Libc, openat2 = true) {
    this.#libc = libc;
    this.#openat2 = openat2;
  }

  jump(path: string): Directory | undefined {
    if (path === "/") return this.#check(this.#libc.call.openat(At.FDCWD, this.#bytes("/"), ENTER, 0));
    if (this.#openat2 && path.length < NAME_BYTES) {
      const fd = this.#libc.call.openat2(At.FDCWD, this.#bytes(path), this.#how);
      if (fd >= 0) return fd;
      // an old kernel, or a container that filters the call
      const errno = this.#libc.errno();
      if (errno !== Errno.ENOSYS && errno !== Errno.EPERM) return undefined;
      this.#openat2 = false;
    }
    return this.#jumpByName(path);
  }

  #jumpByName(path: string): Directory | undefined {
    let at = this.jump("/") as Directory;
    for (const name of path.slice(1).split("/")) {
      const above = at;
      try {
        at = this.enter(above, name);
      } catch (error) {
        if (error instanceof OsError) return undefined;
        throw error;
      } finally {
        this.leave(above);
      }
    }
    return at;
  }

  /** Pins a canonical path that is no directory. @returns undefined when it is missing, or a link is on the way */
  pin(path: string): Directory | undefined {
    const parent = this.jump(path.slice(0, path.lastIndexOf("/")) || "/");
    if (parent === undefined) return undefined;
    const name = path.slice(path.lastIndexOf("/") + 1);
    const fd = this.#libc.call.openat(parent as number, this.#bytes(name), Open.PATH | Open.NOFOLLOW | Open.CLOEXEC, 0);
    this.leave(parent);
    return fd < 0 ? undefined : fd;
  }

  enter(directory: Directory, name: string): Directory {
    return this.#check(this.#libc.call.openat(directory as number, this.#bytes(name), ENTER, 0));
  }

  facts(directory: Directory, name: string): Facts | undefined {
    const flags = name === "" ? At.EMPTY_PATH : At.SYMLINK_NOFOLLOW;
    const result = this.#libc.call.statx(directory as number, this.#bytes(name), flags, STATX_MASK, this.#statx);
    if (result === 0) return parseStatx(this.#statxView);
    const errno = this.#libc.errno();
    if (errno === Errno.ENOENT) return undefined;
    throw new OsError(errno);
  }

  readLink(directory: Directory, name: string): string | undefined {
    const length = this.#libc.call.readlinkat(directory as number, this.#bytes(name), this.#second);
    if (length >= 0) return decodeName(this.#second.subarray(0, length));
    const errno = this.#libc.errno();
    if (errno === Errno.EINVAL) return undefined;
    throw new OsError(errno);
  }

  procfs(directory: Directory, facts: Facts): "no" | "root" | "below" {
    let isProcfs = this.#procfs.get(facts.device);
    if (isProcfs === undefined) {
      const buffer = new Uint8Array(256);
      this.#check(this.#libc.call.fstatfs(directory as number, buffer));
      isProcfs = new DataView(buffer.buffer).getUint32(0, true) === PROC_SUPER_MAGIC;
      this.#procfs.set(facts.device, isProcfs);
    }
    return !isProcfs ? "no" : facts.inodeLow === PROC_ROOT_INODE ? "root" : "below";
  }

  *list(directory: Directory, name: string): Iterable<Entry> {
    const bytes = this.#bytes(name === "" ? "." : name);
    const fd = this.#check(this.#libc.call.openat(directory as number, bytes, LIST, 0));
    try {
      yield* readEntries(this.#libc, fd);
    } finally {
      this.#libc.call.close(fd);
    }
  }

  makeDirectory(directory: Directory, name: string): void {
    this.mutations++;
    this.#check(this.#libc.call.mkdirat(directory as number, this.#bytes(name), 0o777));
  }

  makeLink(directory: Directory, name: string, text: string): void {
    this.mutations++;
    const target = encodeName(`${text}\0`);
    this.#check(this.#libc.call.symlinkat(target, directory as number, this.#bytes(name)));
  }

  remove(directory: Directory, name: string, isDirectory: boolean): void {
    this.mutations++;
    const flags = isDirectory ? At.REMOVEDIR : 0;
    this.#check(this.#libc.call.unlinkat(directory as number, this.#bytes(name), flags));
  }

  open(directory: Directory, name: string, mode: OpenMode, permissions: number): OpenFile {
    if (mode !== "read") this.mutations++;
    const access = mode === "read" ? Open.RDONLY : mode === "write" ? Open.WRONLY : Open.WRONLY | Open.CREAT;
    const fd = this.#check(
      this.#libc.call.openat(directory as number, this.#bytes(name), access | FILE, permissions),
    );
    try {
      return new PosixFile(this.#libc, fd, this.facts(fd, "") as Facts);
    } catch (error) {
      this.#libc.call.close(fd);
      throw error;
    }
  }

  leave(directory: Directory): void {
    this.#libc.call.close(directory as number);
  }

  #check(result: number): number {
    if (result < 0) throw new OsError(this.#libc.errno());
    return result;
  }

  /** A C string in a buffer that the next call takes over. */
  #bytes(name: string): Uint8Array<ArrayBuffer> {
    if (name.length > NAME_BYTES) throw new OsError(Errno.ENAMETOOLONG);
    if (name.includes("\0")) throw new OsError(Errno.EINVAL);
    if (!name.isWellFormed()) return encodeName(`${name}\0`);
    const { written } = this.#encoder.encodeInto(name, this.#name);
    this.#name[written] = 0;
    return this.#name;
  }
}
