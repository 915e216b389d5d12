import type { FollowOption } from "../../protocol/mod.ts";
import { FileWriter } from "./file_writer.ts";
import { checkParents } from "./no_follow.ts";

/**
 * Creates or replaces a file in place: inode and mode stay, links are followed, nothing is renamed. After a failure the
 * file holds what was written until then.
 *
 * Source: exec-server protocol, sections 9.4 and 9.11.
 */
export async function writeFile(path: string, bytes: Uint8Array, options: FollowOption = {}): Promise<void> {
  const follow = options.followSymlinks !== false;
  if (!follow) await checkParents(path);
  const writer = await FileWriter.open(path, { follow });
  try {
    await writer.truncate();
    await writer.write(bytes, 0);
    await writer.flush();
  } finally {
    writer.close();
  }
}
