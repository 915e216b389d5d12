import { resolve } from "@std/path";

/**
 * Reads a file that a flag names.
 *
 * @param what what it is, for the error
 * @throws {Error} `failed to read <what> <absolute path>: <os error>`
 */
export async function readTextOrThrow(what: string, path: string): Promise<string> {
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    // `No such file or directory (os error 2): readfile 'nope'`
    const message = error instanceof Error ? error.message : String(error);
    const reason = /^.*?\(os error \d+\)/.exec(message)?.[0] ?? message;
    throw new Error(`failed to read ${what} ${resolve(path)}: ${reason}`, { cause: error });
  }
}
