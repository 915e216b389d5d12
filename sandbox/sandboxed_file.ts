import { invalidRequest } from "../protocol/errors.ts";
import type { FileHandle } from "../protocol/filesystem.ts";
import { LIMITS } from "../protocol/limits.ts";
import { TEXTS } from "../protocol/texts.ts";
import { Errno } from "./posix/errno.ts";
import { OsError } from "./posix/os_error.ts";
import type { FileInHelper } from "./helper_access.ts";

const FIRST_NEGATIVE_OFFSET = 2 ** 63;

/** An open file in a helper. Operations run one after the other; the first that fails closes the file. */
export class SandboxedFile implements FileHandle {
  readonly #file: FileInHelper;
  #last: Promise<unknown> = Promise.resolve();
  #closed = false;

  /** Takes over an open file. @param file is released when this is closed */
  constructor(file: FileInHelper) {
    this.#file = file;
  }

  /** Reads at most `length` bytes. */
  readBlock(offset: number, length: number): Promise<Uint8Array> {
    return this.#turn(() => checkLength(length, TEXTS.readBlockLength), offset, async () => {
      if (offset + length > Number.MAX_SAFE_INTEGER) return new Uint8Array();
      const parameters = { handle: this.#file.handle, offset, length };
      return await this.#file.run<Uint8Array>("readBlock", parameters, (_, call) => call.bytes);
    });
  }

  /** Writes all bytes. */
  writeBlock(offset: number, bytes: Uint8Array): Promise<void> {
    return this.#turn(() => checkLength(bytes.length, TEXTS.writeBlockLength), offset, async () => {
      if (offset + bytes.length > Number.MAX_SAFE_INTEGER) throw new OsError(Errno.EFBIG);
      await this.#file.run<void>("writeBlock", { handle: this.#file.handle, offset }, () => {}, { body: bytes });
    });
  }

  /** Closes the file; safe to call more than once. */
  async close(): Promise<void> {
    await this.#last;
    await this.#close();
  }

  async #turn<T>(check: () => void, offset: number, operation: () => Promise<T>): Promise<T> {
    check();
    const turn = this.#last.then(() => this.#attempt(offset, operation));
    this.#last = turn.catch(() => {});
    return await turn;
  }

  async #attempt<T>(offset: number, operation: () => Promise<T>): Promise<T> {
    try {
      if (this.#closed) throw new OsError(Errno.EBADF);
      if (offset >= FIRST_NEGATIVE_OFFSET) throw new OsError(Errno.EINVAL);
      return await operation();
    } catch (error) {
      await this.#close();
      throw error;
    }
  }

  async #close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    // a helper that died has closed it, too
    await this.#file.run("close", { handle: this.#file.handle }, () => {}).catch(() => {});
    this.#file.release();
  }
}

function checkLength(length: number, refusal: string): void {
  if (length < 1 || length > LIMITS.maxBlockBytes) throw invalidRequest(refusal);
}
