import { Errno } from "./errno.ts";
import type { Libc } from "./libc.ts";
import { OsError } from "./os_error.ts";

const F_SETPIPE_SZ = 1031;
const PIPE_BYTES = 256 * 1024;
const POLLIN = 1, POLLERR = 8, POLLHUP = 16;

/** The helper's stdin and stdout, used synchronously and by nothing else. */
export class Pipes {
  readonly #libc: Libc;
  readonly #poll = new Uint8Array(8);
  readonly #pollView = new DataView(this.#poll.buffer);

  /** Makes the pipes as large as a block, where that is allowed. */
  constructor(libc: Libc) {
    this.#libc = libc;
    libc.call.fcntl(0, F_SETPIPE_SZ, PIPE_BYTES);
    libc.call.fcntl(1, F_SETPIPE_SZ, PIPE_BYTES);
  }

  /** Whether {@linkcode read} would return at once. */
  readable(): boolean {
    return this.wait(0);
  }

  /** Waits for input, but not longer than this. @returns whether {@linkcode read} would return at once */
  wait(timeoutMs: number): boolean {
    this.#pollView.setInt32(0, 0, true);
    this.#pollView.setInt16(4, POLLIN, true);
    this.#pollView.setInt16(6, 0, true);
    this.#libc.call.poll(this.#poll, 1, timeoutMs);
    return (this.#pollView.getInt16(6, true) & (POLLIN | POLLERR | POLLHUP)) !== 0;
  }

  /** Waits for input. @returns the count, 0 at the end */
  read(into: Uint8Array): number {
    for (;;) {
      const count = this.#libc.call.read(0, into as Uint8Array<ArrayBuffer>);
      if (count >= 0) return count;
      if (this.#libc.errno() !== Errno.EINTR) throw new OsError(this.#libc.errno());
    }
  }

  /** Writes everything, waiting for the reader. @throws {OsError} EPIPE when there is none any more */
  write(bytes: Uint8Array): void {
    for (let done = 0; done < bytes.length;) {
      const rest = bytes.subarray(done) as Uint8Array<ArrayBuffer>;
      const count = this.#libc.call.write(1, rest);
      if (count >= 0) done += count;
      else if (this.#libc.errno() !== Errno.EINTR) throw new OsError(this.#libc.errno());
    }
  }
}
