import { openToWrite } from "../files.ts";
import type { OperationContext, Parameters } from "../operation.ts";
import type { OpenFile } from "../disk.ts";

/** A file that is being written with content as it comes. */
export class FileSink {
  readonly #file: OpenFile;
  #offset = 0;

  /** Creates or truncates the file. */
  constructor({ path, follow }: Parameters, context: OperationContext) {
    this.#file = openToWrite(context, () => context.walker.resolve(path, follow === false ? "never" : "all"), 0o666);
    try {
      if (this.#file.facts.size > 0) this.#file.truncate();
    } catch (error) {
      this.#file.close();
      throw error;
    }
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
