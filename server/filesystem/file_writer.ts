import * as fs from "node:fs";
import { describeDescriptor, type DescriptorInfo, openDescriptor, truncateDescriptor } from "./descriptor.ts";
import { onlyLocalDisks } from "./local_disk.ts";
import { isErrno, osError } from "./os_error.ts";

const { O_CREAT, O_NOFOLLOW, O_WRONLY } = fs.constants;
const PIECE_BYTES = 1024 * 1024;
const DESCRIPTORS = Deno.build.os === "linux" ? "/proc/self/fd" : "/dev/fd";

/** Options of {@linkcode FileWriter.open}. */
export interface FileWriterOptions {
  /** False refuses a link as last component. */
  readonly follow: boolean;
  /** Permission bits of a new file, less the umask; default 0666. */
  readonly mode?: number;
}

/**
 * A file that is written in place.
 *
 * Deno runs `node:fs` writes on the event loop, also the asynchronous ones, so a regular file is opened a second time,
 * through its descriptor and therefore surely the same file, as a `Deno.FsFile`, which writes on other threads.
 */
export class FileWriter {
  /** What was opened, as it was then. */
  readonly info: DescriptorInfo;
  readonly #fd: number;
  #file: Deno.FsFile | undefined;
  #closed = false;

  private constructor(fd: number, info: DescriptorInfo) {
    this.#fd = fd;
    this.info = info;
  }

  /** Opens a path, creating it if missing, and leaves its content as it is. Never waits for the reader of a fifo. */
  static async open(path: string, options: FileWriterOptions): Promise<FileWriter> {
    const fd = await openDescriptor(path, O_WRONLY | O_CREAT | (options.follow ? 0 : O_NOFOLLOW), options.mode);
    try {
      return new FileWriter(fd, describeDescriptor(fd));
    } catch (error) {
      fs.closeSync(fd);
      throw error;
    }
  }

  /** Cuts a regular file to nothing and gets ready to write. */
  async truncate(): Promise<void> {
    if (!this.info.isFile) return;
    if (this.info.size > 0) await truncateDescriptor(this.#fd);
    this.#file = await reopen(this.#fd);
  }

  /** Cuts a regular file to nothing once more, as far as that is possible; never rejects. */
  async clear(): Promise<void> {
    if (this.info.isFile) await truncateDescriptor(this.#fd).catch(() => {});
  }

  /** Writes all bytes at an offset; a pipe or terminal that takes no more now fails with EAGAIN. */
  async write(bytes: Uint8Array, offset: number): Promise<void> {
    for (let done = 0; done < bytes.length;) {
      const piece = bytes.subarray(done, done + PIECE_BYTES);
      const count = await this.#writeOnce(piece, offset + done);
      if (count === 0) throw osError("EIO");
      done += count;
    }
  }

  /** Sets the permission bits of a regular file. */
  async chmod(mode: number): Promise<void> {
    if (!this.info.isFile || this.info.mode === mode) return;
    await new Promise<void>((resolve, reject) => {
      fs.fchmod(this.#fd, mode, (error) => error ? reject(error) : resolve());
    });
  }

  /** Brings out the errors that a network filesystem tells only when a file is closed. */
  async flush(): Promise<void> {
    if (this.#file !== undefined && !onlyLocalDisks()) await this.#file.syncData();
  }

  /** Closes the file; safe to call more than once. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#file?.close();
    fs.closeSync(this.#fd);
  }

  #writeOnce(bytes: Uint8Array, offset: number): number | Promise<number> {
    if (this.#file === undefined) {
      return fs.writeSync(this.#fd, bytes, 0, bytes.length, this.info.isFile ? offset : null);
    }
    this.#file.seekSync(offset, Deno.SeekMode.Start);
    return this.#file.write(bytes);
  }
}

/** @returns undefined where descriptors cannot be opened by name: then writes run on the event loop */
async function reopen(fd: number): Promise<Deno.FsFile | undefined> {
  try {
    const path = `${DESCRIPTORS}/${fd}`;
    return onlyLocalDisks() ? Deno.openSync(path, { write: true }) : await Deno.open(path, { write: true });
  } catch (error) {
    const expected = error instanceof Deno.errors.NotCapable || isErrno(error, "ENOENT") || isErrno(error, "EACCES");
    if (expected) return undefined;
    throw error;
  }
}
