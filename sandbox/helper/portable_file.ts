import type { Facts, OpenFile } from "./disk.ts";
import { attempt } from "./attempt.ts";

/** A file as Deno has it. */
export class PortableFile implements OpenFile {
  readonly facts: Facts;
  readonly #file: Deno.FsFile;
  readonly #path: string;

  /** Takes over an open file. @param path where it was opened, for the one call that Deno has no other way for */
  constructor(file: Deno.FsFile, facts: Facts, path: string) {
    this.#file = file;
    this.facts = facts;
    this.#path = path;
  }

  read(into: Uint8Array, offset: number): number {
    return attempt(() => {
      this.#file.seekSync(offset, Deno.SeekMode.Start);
      return this.#file.readSync(into) ?? 0;
    });
  }

  write(bytes: Uint8Array, offset: number): void {
    attempt(() => {
      this.#file.seekSync(offset, Deno.SeekMode.Start);
      for (let done = 0; done < bytes.length;) done += this.#file.writeSync(bytes.subarray(done));
    });
  }

  truncate(length: number): void {
    attempt(() => this.#file.truncateSync(length));
  }

  chmod(mode: number): void {
    attempt(() => Deno.chmodSync(this.#path, mode));
  }

  close(): void {
    this.#file.close();
  }
}
