import * as fs from "node:fs";
import { invalidRequest, TEXTS } from "../../protocol/mod.ts";
import { describeDescriptor, type DescriptorInfo, openDescriptor, readDescriptor } from "./descriptor.ts";
import { FileWriter } from "./file_writer.ts";

const { O_NOFOLLOW, O_RDONLY } = fs.constants;
const PIECE_BYTES = 1024 * 1024;

/**
 * Copies content and permission bits of a regular file. A file copied onto itself, under whatever name, stays as it is.
 * Where the copy fails or is aborted, nothing half is left: the destination is cut to nothing.
 *
 * Source: exec-server protocol, section 9.9.
 */
export async function copyFile(source: string, destination: string, signal?: AbortSignal): Promise<void> {
  const fd = await openDescriptor(source, O_RDONLY | O_NOFOLLOW);
  try {
    const info = describeDescriptor(fd);
    if (!info.isFile) throw invalidRequest(TEXTS.copyUnsupported);
    await copyContent({ fd, info }, destination, signal);
  } finally {
    fs.closeSync(fd);
  }
}

interface Source {
  readonly fd: number;
  readonly info: DescriptorInfo;
}

async function copyContent({ fd, info }: Source, destination: string, signal: AbortSignal | undefined): Promise<void> {
  // writable for its owner until the content is there
  const writer = await FileWriter.open(destination, { follow: true, mode: info.mode | 0o200 });
  try {
    if (writer.info.identity === info.identity) return;
    await writer.truncate();
    try {
      const buffer = new Uint8Array(Math.min(PIECE_BYTES, info.size + 1));
      for (let offset = 0;;) {
        const count = await readDescriptor(fd, buffer, offset);
        if (count === 0) break;
        signal?.throwIfAborted();
        await writer.write(buffer.subarray(0, count), offset);
        offset += count;
      }
      await writer.chmod(info.mode);
      await writer.flush();
    } catch (error) {
      await writer.clear();
      throw error;
    }
  } finally {
    writer.close();
  }
}
