import type { Facts, OpenFile } from "../helper/disk.ts";
import { Errno } from "./errno.ts";
import type { Libc } from "./libc.ts";
import { OsError } from "./os_error.ts";

/** A file by its descriptor. */
export class PosixFile implements OpenFile {
  readonly facts: Facts;
  readonly #libc: Libc;
  readonly #fd: number;

  /** Takes over an open descriptor. */
  constructor(libc: Libc, fd: number, facts: Facts) {
    this.#libc = libc;
    this.#fd = fd;
    this.facts = facts;
  }

  read(into: Uint8Array, offset: number): number {
    const bytes = into as Uint8Array<ArrayBuffer>;
    for (;;) {
      const count = this.#libc.call.pread(this.#fd, bytes, offset);
      if (count >= 0) return count;
      this.#throwUnlessInterrupted();
    }
  }

  write(bytes: Uint8Array, offset: number): void {
    for (let done = 0; done < bytes.length;) {
      const rest = bytes.subarray(done) as Uint8Array<ArrayBuffer>;
      const count = this.#libc.call.pwrite(this.#fd, rest, offset + done);
      if (count > 0) done += count;
      else if (count === 0) throw new OsError(Errno.EIO);
      else this.#throwUnlessInterrupted();
    }
  }

  truncate(length: number): void {
    while (this.#libc.call.ftruncate(this.#fd, length) < 0) this.#throwUnlessInterrupted();
  }

  chmod(mode: number): void {
    if (this.#libc.call.fchmod(this.#fd, mode) < 0) throw new OsError(this.#libc.errno());
  }

  close(): void {
    this.#libc.call.close(this.#fd);
  }

  #throwUnlessInterrupted(): void {
    const errno = this.#libc.errno();
    if (errno !== Errno.EINTR) throw new OsError(errno);
  }
}
