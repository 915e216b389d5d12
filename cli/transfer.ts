import { readableFile, writableFile } from "../client/mod.ts";
import { ErrorCode, type Filesystem, LIMITS, RpcError, type SandboxContext } from "../protocol/mod.ts";

/** How a transfer is made. */
export interface TransferOptions {
  /** Permission profile on the executor. */
  readonly sandbox?: SandboxContext | undefined;
  /** Is told of bytes that went by. */
  readonly progress: (bytes: number) => void;
}

/** A file of an executor, in pieces. @throws {RpcError} when it cannot be read */
export async function* download(
  filesystem: Filesystem,
  path: string,
  { sandbox, progress }: TransferOptions,
): AsyncGenerator<Uint8Array, void, void> {
  for await (const bytes of readableFile(filesystem, path, { sandbox })) {
    progress(bytes.length);
    yield bytes;
  }
}

/** Replaces a file of an executor. @throws {Error} saying that it is incomplete, once something was written */
export async function upload(
  filesystem: Filesystem,
  path: string,
  source: AsyncIterable<Uint8Array>,
  { sandbox, progress }: TransferOptions,
): Promise<void> {
  const writer = writableFile(filesystem, path, { sandbox }).getWriter();
  try {
    await writer.ready;
  } catch (error) {
    if (!(error instanceof RpcError) || error.code !== ErrorCode.MethodNotFound) throw error;
    // servers of 0.130 take whole files only
    const bytes = await joined(source);
    await filesystem.writeFile(path, bytes, { sandbox });
    return progress(bytes.length);
  }
  try {
    for await (const bytes of source) {
      await writer.write(bytes);
      progress(bytes.length);
    }
    await writer.close();
  } catch (error) {
    await writer.abort(error).catch(() => {}); // it may have failed by itself
    throw new Error(`${path} is incomplete: ${(error as Error).message}`, { cause: error });
  }
}

async function joined(source: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  for await (const piece of source) {
    length += piece.length;
    if (length > LIMITS.maxReadFileBytes) throw new Error("the executor takes no files of more than 512 MiB");
    pieces.push(piece);
  }
  const bytes = new Uint8Array(length);
  let offset = 0;
  for (const piece of pieces) {
    bytes.set(piece, offset);
    offset += piece.length;
  }
  return bytes;
}
