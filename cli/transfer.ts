import { pipeline } from "../client/mod.ts";
import { ErrorCode, type FileHandle, type Filesystem, LIMITS, RpcError, type SandboxContext } from "../protocol/mod.ts";

/** Blocks on the way at once: they fill a connection of 100 MB/s and 40 ms. */
const BLOCKS_AT_ONCE = 4;

/** How a transfer is made. */
export interface TransferOptions {
  /** Permission profile on the executor. */
  readonly sandbox?: SandboxContext | undefined;
  /** Is told of bytes that have arrived. */
  readonly progress: (bytes: number) => void;
}

/** A file of an executor, in blocks, several of them on the way at once. @throws {RpcError} when it cannot be read */
export async function* download(
  filesystem: Filesystem,
  path: string,
  { sandbox, progress }: TransferOptions,
): AsyncGenerator<Uint8Array, void, void> {
  const file = await openIfOffered(filesystem, path, { sandbox, mode: "read" });
  if (file === undefined) {
    const bytes = await filesystem.readFile(path, { sandbox });
    progress(bytes.length);
    yield bytes;
    return;
  }
  try {
    const blocks = pipeline(offsets(), BLOCKS_AT_ONCE, (offset) => file.readBlock(offset, LIMITS.maxBlockBytes));
    for await (const block of blocks) {
      progress(block.length);
      if (block.length > 0) yield block;
      if (block.length < LIMITS.maxBlockBytes) return;
    }
  } finally {
    await file.close();
  }
}

/** Replaces a file of an executor. @throws {Error} saying that it is incomplete, once something was written */
export async function upload(
  filesystem: Filesystem,
  path: string,
  source: AsyncIterable<Uint8Array>,
  { sandbox, progress }: TransferOptions,
): Promise<void> {
  const file = await openIfOffered(filesystem, path, { sandbox, mode: "replace" });
  if (file === undefined) {
    const bytes = await joined(source);
    await filesystem.writeFile(path, bytes, { sandbox });
    progress(bytes.length);
    return;
  }
  let written = 0;
  try {
    const underWay: Promise<void>[] = [];
    let offset = 0;
    for await (const block of source) {
      if (underWay.length >= BLOCKS_AT_ONCE) await underWay.shift();
      const write = file.writeBlock(offset, block).then(() => {
        written += block.length;
        progress(block.length);
      });
      write.catch(() => {}); // awaited below, or behind an earlier failure
      underWay.push(write);
      offset += block.length;
    }
    await Promise.all(underWay);
  } catch (error) {
    throw new Error(`${path} is incomplete, ${written} bytes were written: ${(error as Error).message}`, {
      cause: error,
    });
  } finally {
    await file.close();
  }
}

/** Input in blocks that `fs/writeBlock` takes; small pieces are joined. */
export async function* inBlocks(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, void> {
  let block = new Uint8Array(LIMITS.maxBlockBytes), filled = 0;
  for await (let piece of source) {
    while (piece.length > 0) {
      const taken = piece.subarray(0, block.length - filled);
      block.set(taken, filled);
      filled += taken.length;
      piece = piece.subarray(taken.length);
      if (filled < block.length) continue;
      yield block;
      block = new Uint8Array(LIMITS.maxBlockBytes);
      filled = 0;
    }
  }
  if (filled > 0) yield block.subarray(0, filled);
}

/** Servers of 0.130 have no blocks. */
async function openIfOffered(
  filesystem: Filesystem,
  path: string,
  options: { readonly sandbox: SandboxContext | undefined; readonly mode: "read" | "replace" },
): Promise<FileHandle | undefined> {
  try {
    return await filesystem.open(path, options);
  } catch (error) {
    if (error instanceof RpcError && error.code === ErrorCode.MethodNotFound) return undefined;
    throw error;
  }
}

function* offsets(): Generator<number, void, void> {
  for (let offset = 0;; offset += LIMITS.maxBlockBytes) yield offset;
}

async function joined(source: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const blocks: Uint8Array[] = [];
  let length = 0;
  for await (const block of source) {
    length += block.length;
    if (length > LIMITS.maxReadFileBytes) throw new Error("the executor takes no files of more than 512 MiB");
    blocks.push(block);
  }
  const bytes = new Uint8Array(length);
  let offset = 0;
  for (const block of blocks) {
    bytes.set(block, offset);
    offset += block.length;
  }
  return bytes;
}
