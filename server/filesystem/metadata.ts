import { type FileMetadata, type FollowOption, invalidRequest, TEXTS } from "../../protocol/mod.ts";
import { onlyLocalDisks } from "./local_disk.ts";
import { checkParents } from "./no_follow.ts";

/**
 * Kind, size and times of what a path leads to. Answers at once when every disk is local: this is the call that clients
 * make most.
 *
 * Source: exec-server protocol, sections 9.6 and 9.11.
 */
export function getMetadata(path: string, options: FollowOption = {}): FileMetadata | Promise<FileMetadata> {
  const follow = options.followSymlinks !== false;
  if (!onlyLocalDisks()) return getMetadataLater(path, follow);
  if (!follow) checkParents(path);
  const own = Deno.lstatSync(path);
  if (!own.isSymlink) return describe(own, false);
  if (!follow) throw invalidRequest(TEXTS.containsSymlink);
  return describe(Deno.statSync(path), true);
}

async function getMetadataLater(path: string, follow: boolean): Promise<FileMetadata> {
  if (!follow) await checkParents(path);
  const own = await Deno.lstat(path);
  if (!own.isSymlink) return describe(own, false);
  if (!follow) throw invalidRequest(TEXTS.containsSymlink);
  return describe(await Deno.stat(path), true);
}

function describe(info: Deno.FileInfo, isSymlink: boolean): FileMetadata {
  return {
    isDirectory: info.isDirectory,
    isFile: info.isFile,
    isSymlink,
    size: info.size,
    createdAtMs: info.birthtime?.getTime() ?? 0,
    modifiedAtMs: info.mtime?.getTime() ?? 0,
  };
}
