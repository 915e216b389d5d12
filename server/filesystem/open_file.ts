import * as fs from "node:fs";
import { type FileHandle, invalidRequest, LIMITS, TEXTS } from "../../protocol/mod.ts";
import { describeDescriptor, openDescriptor, readDescriptor } from "./descriptor.ts";
import { FileWriter } from "./file_writer.ts";
import { onlyLocalDisks } from "./local_disk.ts";
import { osError, toRpcError } from "./os_error.ts";

const FIRST_NEGATIVE_OFFSET = 2 ** 63;

/**
 * Opens a regular file for block access. `replace` creates or truncates it at once, through links.
 *
 * Source: exec-server protocol, section 9.13.
 */
export function openFile(path: string, mode: "read" | "replace" = "read"): Promise<FileHandle> {
  return mode === "read" ? openToRead(path) : openToReplace(path);
}

/** @throws {RpcError} -32600 for a length that one block cannot have */
export function checkReadLength(length: number): void {
  if (length < 1 || length > LIMITS.maxBlockBytes) throw invalidRequest(TEXTS.readBlockLength);
}

/** @throws {RpcError} -32600 for a length that one block cannot have */
export function checkWriteLength(length: number): void {
  if (length < 1 || length > LIMITS.maxBlockBytes) throw invalidRequest(TEXTS.writeBlockLength);
}

async function openToRead(path: string): Promise<FileHandle> {
  const info = onlyLocalDisks() ? Deno.statSync(path) : await Deno.stat(path);
  if (!info.isFile) throw invalidRequest(TEXTS.notAFile(path));
  const fd = await openDescriptor(path, fs.constants.O_RDONLY);
  const isFile = describeDescriptor(fd).isFile;
  if (isFile) return new BlockReader(fd);
  fs.closeSync(fd);
  throw invalidRequest(TEXTS.notAFile(path));
}

async function openToReplace(path: string): Promise<FileHandle> {
  const writer = await FileWriter.open(path, { follow: true });
  try {
    if (!writer.info.isFile) throw invalidRequest(TEXTS.notAFile(path));
    await writer.truncate();
    return new BlockWriter(writer);
  } catch (error) {
    writer.close();
    throw error;
  }
}

/** Runs the operations of one descriptor one after the other and closes it at the first failure. */
abstract class Block implements FileHandle {
  #last: Promise<unknown> = Promise.resolve();
  #closed = false;

  abstract read(offset: number, length: number): Promise<Uint8Array>;
  abstract write(offset: number, bytes: Uint8Array): Promise<void>;
  abstract release(): void;

  readBlock(offset: number, length: number): Promise<Uint8Array> {
    return this.#run(() => checkReadLength(length), offset, () => this.read(offset, length));
  }

  writeBlock(offset: number, bytes: Uint8Array): Promise<void> {
    return this.#run(() => checkWriteLength(bytes.length), offset, () => this.write(offset, bytes));
  }

  async close(): Promise<void> {
    await this.#last;
    this.#close();
  }

  async #run<T>(check: () => void, offset: number, operation: () => Promise<T>): Promise<T> {
    check();
    const turn = this.#last.then(() => this.#attempt(offset, operation));
    this.#last = turn.catch(() => {});
    return await turn;
  }

  async #attempt<T>(offset: number, operation: () => Promise<T>): Promise<T> {
    try {
      if (this.#closed) throw osError("EBADF");
      if (offset >= FIRST_NEGATIVE_OFFSET) throw osError("EINVAL");
      return await operation();
    } catch (error) {
      this.#close();
      throw toRpcError(error);
    }
  }

  #close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.release();
  }
}

class BlockReader extends Block {
  readonly #fd: number;

  constructor(fd: number) {
    super();
    this.#fd = fd;
  }

  async read(offset: number, length: number): Promise<Uint8Array> {
    const block = new Uint8Array(length);
    let filled = 0;
    // no file is that long, and Node takes no larger offset
    while (filled < length && offset + length <= Number.MAX_SAFE_INTEGER) {
      const count = await readDescriptor(this.#fd, block.subarray(filled), offset + filled);
      if (count === 0) break;
      filled += count;
    }
    return filled < length / 2 ? block.slice(0, filled) : block.subarray(0, filled);
  }

  write(): Promise<void> {
    return Promise.reject(osError("EBADF"));
  }

  release(): void {
    fs.closeSync(this.#fd);
  }
}

class BlockWriter extends Block {
  readonly #writer: FileWriter;

  constructor(writer: FileWriter) {
    super();
    this.#writer = writer;
  }

  read(): Promise<Uint8Array> {
    return Promise.reject(osError("EBADF"));
  }

  async write(offset: number, bytes: Uint8Array): Promise<void> {
    if (offset + bytes.length > Number.MAX_SAFE_INTEGER) throw osError("EFBIG");
    await this.#writer.write(bytes, offset);
    await this.#writer.flush();
  }

  release(): void {
    this.#writer.close();
  }
}
