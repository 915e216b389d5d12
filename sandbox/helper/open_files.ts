import { OsError } from "../posix/os_error.ts";
import { Errno } from "../posix/errno.ts";
import type { OpenFile } from "./disk.ts";

/** Files that stay open between requests, by numbers. */
export class OpenFiles {
  readonly #files = new Map<number, OpenFile>();
  #last = 0;

  /** Keeps a file. @returns its number */
  add(file: OpenFile): number {
    this.#files.set(++this.#last, file);
    return this.#last;
  }

  /** An open file. @throws {OsError} EBADF for a number that is not, or no longer, known */
  get(handle: number | undefined): OpenFile {
    const file = this.#files.get(handle ?? 0);
    if (file === undefined) throw new OsError(Errno.EBADF);
    return file;
  }

  /** Closes a file; one that is not there is no error. */
  close(handle: number | undefined): void {
    this.#files.get(handle ?? 0)?.close();
    this.#files.delete(handle ?? 0);
  }
}
