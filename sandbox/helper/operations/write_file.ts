import { openToWrite } from "../files.ts";
import type { OperationContext, Parameters } from "../operation.ts";
import type { OpenFile } from "../disk.ts";

/** A file that is being written with content as it comes. */
export class FileSink {
  readonly #file: OpenFile;
  #offset = 0;

  /** Creates or opens the file; what it holds goes with the first content. */
  constructor({ path, follow }: Parameters, context: OperationContext) {
    this.#file = openToWrite(context, () => context.walker.resolve(path, follow === false ? "never" : "all"), 0o666);
  }

  /**
   * Writes all there will be. Content is overwritten and the rest cut off, which costs a file system much less than to
   * free blocks and find them again.
   */
  writeAll(bytes: Uint8Array): void {
    try {
      this.#file.write(bytes, 0);
      if (this.#file.facts.size > bytes.length) this.#file.truncate(bytes.length);
    } catch (error) {
      // never half old and half new
      this.#file.truncate(0);
      throw error;
    }
  }

  /** Cuts the file to nothing, for content that comes in pieces. */
  clear(): void {
    if (this.#file.facts.size > 0) this.#file.truncate(0);
  }

  /** Appends content. */
  write(bytes: Uint8Array): void {
    this.#file.write(bytes, this.#offset);
    this.#offset += bytes.length;
  }

  /** Closes the file. */
  close(): void {
    this.#file.close();
  }
}
