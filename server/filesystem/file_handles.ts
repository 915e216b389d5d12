import { type FileHandle, type Filesystem, invalidRequest, LIMITS, notFound, TEXTS } from "../../protocol/mod.ts";
import { checkReadLength, checkWriteLength } from "./open_file.ts";

/** Options of {@linkcode FileHandles.open}. */
export type OpenHandleOptions = NonNullable<Parameters<Filesystem["open"]>[1]>;

/**
 * The open files of one connection under the ids the client chose. Calls on one id run one after the other in the order
 * they came, those on different ids concurrently.
 *
 * Source: exec-server protocol, section 9.13.
 */
export class FileHandles {
  readonly #filesystem: Filesystem;
  readonly #maxFiles: number;
  readonly #files = new Map<string, FileHandle>();
  readonly #turns = new Map<string, Promise<void>>();
  #opening = 0;
  #ended = false;

  /** @param filesystem what opens the files; @param maxFiles how many may be open */
  constructor(filesystem: Filesystem, maxFiles: number = LIMITS.maxFileHandles) {
    this.#maxFiles = maxFiles;
    this.#filesystem = filesystem;
  }

  /** Opens a file under an id. */
  open(id: string, path: string, options: OpenHandleOptions): Promise<void> {
    return this.#turn(id, async () => {
      if (new TextEncoder().encode(id).length > LIMITS.maxFileHandleIdBytes) {
        throw invalidRequest(TEXTS.handleIdTooLong);
      }
      if (this.#files.has(id)) throw invalidRequest(TEXTS.handleExists(id));
      if (this.#files.size + this.#opening >= this.#maxFiles) {
        throw invalidRequest(TEXTS.tooManyHandles(this.#maxFiles));
      }
      this.#opening++;
      try {
        this.#files.set(id, await this.#filesystem.open(path, options));
      } finally {
        this.#opening--;
      }
      if (this.#ended) await this.#release(id);
    });
  }

  /**
   * Reads a block; fewer bytes than `length` mean the end of the file.
   *
   * @param admit is awaited in the call's turn before anything is read, when the length is right
   */
  readBlock(id: string, offset: number, length: number, admit?: () => Promise<void> | undefined): Promise<Uint8Array> {
    return this.#turn(id, async () => {
      checkReadLength(length);
      await admit?.();
      return await this.#attempt(id, (file) => file.readBlock(offset, length));
    });
  }

  /** Writes a block. */
  writeBlock(id: string, offset: number, bytes: Uint8Array): Promise<void> {
    return this.#turn(id, () => {
      checkWriteLength(bytes.length);
      return this.#attempt(id, (file) => file.writeBlock(offset, bytes));
    });
  }

  /** Closes a handle; one that is not there is no error. */
  close(id: string): Promise<void> {
    return this.#turn(id, () => this.#release(id));
  }

  /** Closes everything, also what is being opened right now, and waits until no descriptor is left. */
  async closeAll(): Promise<void> {
    this.#ended = true;
    const ids = new Set([...this.#files.keys(), ...this.#turns.keys()]);
    await Promise.all([...ids].map((id) => this.close(id)));
  }

  async #attempt<T>(id: string, operation: (file: FileHandle) => Promise<T>): Promise<T> {
    const file = this.#files.get(id);
    if (file === undefined) throw notFound(TEXTS.unknownHandle(id));
    try {
      return await operation(file);
    } catch (error) {
      await this.#release(id);
      throw error;
    }
  }

  async #release(id: string): Promise<void> {
    const file = this.#files.get(id);
    this.#files.delete(id);
    await file?.close();
  }

  async #turn<T>(id: string, task: () => Promise<T>): Promise<T> {
    const result = (this.#turns.get(id) ?? Promise.resolve()).then(task);
    const turn = result.then(ignore, ignore);
    this.#turns.set(id, turn);
    try {
      return await result;
    } finally {
      if (this.#turns.get(id) === turn) this.#turns.delete(id);
    }
  }
}

function ignore(): void {}
