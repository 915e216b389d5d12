import * as fs from "node:fs";
import { invalidRequest, TEXTS } from "../../protocol/mod.ts";
import { describeDescriptor, type DescriptorInfo, openDescriptor, readDescriptor } from "./descriptor.ts";
import { FileWriter } from "./file_writer.ts";

const { O_NOFOLLOW, O_RDONLY } = fs.constants;
const PIECE_BYTES = 1024 * 1024;

/**
 * Copies content and permission bits of a regular file. A file copied onto itself, under whatever name, stays as it is.
 *
 * Source: exec-server protocol, section 9.9.
 */
export async function copyFile(source: string, destination: string): Promise<void> {
  const fd = await openDescriptor(source, O_RDONLY | O_NOFOLLOW);
  try {
    const info = describeDescriptor(fd);
    if (!info.isFile) throw invalidRequest(TEXTS.copyUnsupported);
    await copyContent(fd, info, destination);
  } finally {
    fs.closeSync(fd);
  }
}

async function copyContent(from: number, source: DescriptorInfo, destination: string): Promise<void> {
  // writable for its owner until the content is there
  const writer = await FileWriter.open(destination, { follow: true, mode: source.mode | 0o200 });
  try {
    if (writer.info.identity === source.identity) return;
    await writer.truncate();
    const buffer = new Uint8Array(Math.min(PIECE_BYTES, source.size + 1));
    for (let offset = 0;;) {
      const count = await readDescriptor(from, buffer, offset);
      if (count === 0) break;
      await writer.write(buffer.subarray(0, count), offset);
      offset += count;
    }
    await writer.chmod(source.mode);
    await writer.flush();
  } finally {
    writer.close();
  }
}
