import * as fs from "node:fs";
import { type FollowOption, invalidRequest, LIMITS, TEXTS } from "../../protocol/mod.ts";
import { describeDescriptor, openDescriptor, readDescriptor, SMALL_BYTES } from "./descriptor.ts";
import { onlyLocalDisks } from "./local_disk.ts";
import { checkParents } from "./no_follow.ts";

const { O_NOFOLLOW, O_RDONLY } = fs.constants;
const UNKNOWN_SIZE_BYTES = 4096;

/** Options of {@linkcode readFile}. */
export interface ReadFileOptions extends FollowOption {
  /** Is asked before more than 64 KiB are read, with the size of the file; reading waits for its promise. */
  readonly reserve?: (bytes: number) => Promise<void> | undefined;
}

/**
 * Reads a whole regular file. A fifo, device or directory is refused, also one that is swapped in at the last moment.
 *
 * Source: exec-server protocol, sections 9.3 and 9.11.
 */
export async function readFile(path: string, options: ReadFileOptions = {}): Promise<Uint8Array> {
  const follow = options.followSymlinks !== false;
  const refusal = follow ? TEXTS.notAFile(path) : TEXTS.notRegularFile;
  if (follow) {
    // opening a device can already do something, so look first
    const info = onlyLocalDisks() ? Deno.statSync(path) : await Deno.stat(path);
    if (!info.isFile) throw invalidRequest(refusal);
  } else {
    await checkParents(path);
  }
  const opening = openDescriptor(path, O_RDONLY | (follow ? 0 : O_NOFOLLOW));
  const fd = typeof opening === "number" ? opening : await opening;
  try {
    const { isFile, size } = describeDescriptor(fd);
    if (!isFile) throw invalidRequest(refusal);
    if (size > LIMITS.maxReadFileBytes) throw invalidRequest(TEXTS.tooLargeToRead(LIMITS.maxReadFileBytes));
    if (size > SMALL_BYTES) await options.reserve?.(size);
    return await readAll(fd, size);
  } finally {
    fs.closeSync(fd);
  }
}

/** Reads to the end, which may be elsewhere than `size` says: files in /proc have size 0, others grow or shrink. */
async function readAll(fd: number, size: number): Promise<Uint8Array> {
  let buffer = new Uint8Array(size === 0 ? UNKNOWN_SIZE_BYTES : size + 1);
  for (let length = 0;;) {
    const reading = readDescriptor(fd, length === 0 ? buffer : buffer.subarray(length), length);
    const count = typeof reading === "number" ? reading : await reading;
    if (count === 0) return length < buffer.length / 2 ? buffer.slice(0, length) : buffer.subarray(0, length);
    length += count;
    if (length > LIMITS.maxReadFileBytes) throw invalidRequest(TEXTS.tooLargeToRead(LIMITS.maxReadFileBytes));
    if (length === buffer.length) {
      const larger = new Uint8Array(buffer.length * 2);
      larger.set(buffer);
      buffer = larger;
    }
  }
}
