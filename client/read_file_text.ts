import type { Filesystem, FollowOption } from "../protocol/mod.ts";
import { ClientError } from "./errors.ts";

/**
 * Reads a whole file as UTF-8. A byte order mark stays part of the text.
 *
 * @throws {RpcError} as `readFile` does; {ClientError} "invalidData" when a byte is not UTF-8
 */
export async function readFileText(filesystem: Filesystem, path: string, options?: FollowOption): Promise<string> {
  const bytes = await filesystem.readFile(path, options);
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw new ClientError("invalidData", "stream did not contain valid UTF-8", { cause });
  }
}
