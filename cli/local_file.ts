import { basename, dirname, join } from "@std/path";

/**
 * Writes a file of this machine so that it appears whole or not at all: beside its place first, then under its name.
 *
 * @throws {Error} when it cannot be written, or the source fails; then nothing is left
 */
export async function writeWhole(path: string, source: AsyncIterable<Uint8Array>): Promise<void> {
  const temporary = await Deno.makeTempFile({ dir: dirname(path), prefix: `.${basename(path)}.` });
  try {
    using file = await Deno.open(temporary, { write: true });
    for await (const bytes of source) {
      for (let done = 0; done < bytes.length;) done += await file.write(bytes.subarray(done));
    }
    await Deno.chmod(temporary, 0o666 & ~Deno.umask());
    await Deno.rename(temporary, path);
  } catch (error) {
    await Deno.remove(temporary);
    throw error;
  }
}

/** The path itself, or, when it is a directory or ends in a slash, the name in it. */
export async function inDirectory(path: string, name: string): Promise<string> {
  const isDirectory = path.endsWith("/") || await Deno.stat(path).then((info) => info.isDirectory, () => false);
  return isDirectory ? join(path, name) : path;
}
