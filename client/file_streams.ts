import { ErrorCode, type FileHandle, type Filesystem, LIMITS, RpcError, type SandboxOption } from "../protocol/mod.ts";

/** How a file is streamed. */
export interface FileStreamOptions extends SandboxOption {
  /** Bytes of a block, at most 1 MiB; default 512 KiB. */
  readonly blockBytes?: number | undefined;
  /** Blocks on their way at once; default 4. */
  readonly inFlight?: number | undefined;
}

const DEFAULT_BLOCK_BYTES = 512 * 1024;
const DEFAULT_IN_FLIGHT = 4;

/**
 * Reads a file of any size, several blocks at once. Cancelling the stream closes the file. A server without file handles
 * (0.130.0) sends it as a whole.
 *
 * @throws {RangeError} for options out of range; the stream itself fails as `open` and `readBlock` do
 *
 * @example Copy a file from one machine to another, whatever its size
 * ```ts
 * import { ExecServer, readableFile, writableFile } from "../mod.ts";
 *
 * const server = await ExecServer.create(); // here the other machine is this one
 * const path = await Deno.makeTempFile();
 * await Deno.writeTextFile(path, "x".repeat(3_000_000));
 *
 * await readableFile(server.filesystem, path).pipeTo(writableFile(server.filesystem, `${path}.copy`));
 *
 * if ((await Deno.stat(`${path}.copy`)).size !== 3_000_000) throw new Error("not copied");
 * await Deno.remove(path);
 * await Deno.remove(`${path}.copy`);
 * await server.shutdown();
 * ```
 */
export function readableFile(
  filesystem: Filesystem,
  path: string,
  options: FileStreamOptions = {},
): ReadableStream<Uint8Array> {
  const { blockBytes, inFlight } = checked(options);
  const blocks: Promise<Uint8Array>[] = [];
  let handle: FileHandle | undefined;
  let offset = 0;
  return new ReadableStream({
    pull: async (controller) => {
      try {
        if (handle === undefined) {
          handle = await open(filesystem, path, options, "read");
          if (handle === undefined) {
            const whole = await filesystem.readFile(path, { sandbox: options.sandbox });
            if (whole.length > 0) controller.enqueue(whole);
            controller.close();
            return;
          }
        }
        while (blocks.length < inFlight) {
          const block = handle.readBlock(offset, blockBytes);
          block.catch(() => {}); // the first one to fail is reported
          blocks.push(block);
          offset += blockBytes;
        }
        const bytes = await blocks.shift() as Uint8Array;
        if (bytes.length > 0) controller.enqueue(bytes);
        if (bytes.length === blockBytes) return;
        await Promise.allSettled(blocks);
        await handle.close();
        controller.close();
      } catch (error) {
        await closeQuietly(handle);
        throw error;
      }
    },
    cancel: async () => {
      await Promise.allSettled(blocks);
      await handle?.close();
    },
  }, { highWaterMark: 0 });
}

/**
 * Creates or truncates a file and writes it, several blocks at once. The file is complete when `close` of the stream has
 * resolved; an aborted or failed stream leaves what was written so far.
 *
 * @throws {RangeError} for options out of range; the stream itself fails as `open` and `writeBlock` do
 */
export function writableFile(
  filesystem: Filesystem,
  path: string,
  options: FileStreamOptions = {},
): WritableStream<Uint8Array> {
  const { blockBytes, inFlight } = checked(options);
  const writes = new Set<Promise<void>>();
  let handle: FileHandle | undefined;
  let block = new Uint8Array(blockBytes);
  let filled = 0;
  let offset = 0;
  let failure: { readonly error: unknown } | undefined;
  const send = async () => {
    while (writes.size >= inFlight) await Promise.race(writes);
    if (failure !== undefined) throw failure.error;
    const write = (handle as FileHandle).writeBlock(offset, block.subarray(0, filled)).catch((error) => {
      failure ??= { error };
    }).finally(() => writes.delete(write));
    writes.add(write);
    offset += filled;
    filled = 0;
    block = new Uint8Array(blockBytes);
  };
  const settle = async () => {
    await Promise.all(writes);
    if (failure !== undefined) throw failure.error;
  };
  return new WritableStream({
    start: async () => {
      handle = await filesystem.open(path, { sandbox: options.sandbox, mode: "replace" });
    },
    write: async (chunk) => {
      try {
        for (let at = 0; at < chunk.length;) {
          const part = chunk.subarray(at, at + blockBytes - filled);
          block.set(part, filled);
          filled += part.length;
          at += part.length;
          if (filled === blockBytes) await send();
        }
      } catch (error) {
        await Promise.all(writes);
        await closeQuietly(handle);
        throw error;
      }
    },
    close: async () => {
      try {
        if (filled > 0) await send();
        await settle();
        await handle?.close();
      } catch (error) {
        await closeQuietly(handle);
        throw error;
      }
    },
    abort: async () => {
      await Promise.all(writes);
      await closeQuietly(handle);
    },
  });
}

function checked(
  { blockBytes = DEFAULT_BLOCK_BYTES, inFlight = DEFAULT_IN_FLIGHT }: FileStreamOptions,
): { blockBytes: number; inFlight: number } {
  if (!Number.isInteger(blockBytes) || blockBytes < 1 || blockBytes > LIMITS.maxBlockBytes) {
    throw new RangeError(`Cannot stream a file: blockBytes is ${blockBytes}, not 1 to ${LIMITS.maxBlockBytes}`);
  }
  if (!Number.isInteger(inFlight) || inFlight < 1) {
    throw new RangeError(`Cannot stream a file: inFlight is ${inFlight}, not at least 1`);
  }
  return { blockBytes, inFlight };
}

/** @returns undefined where the server has no file handles */
async function open(
  filesystem: Filesystem,
  path: string,
  { sandbox }: SandboxOption,
  mode: "read",
): Promise<FileHandle | undefined> {
  try {
    return await filesystem.open(path, { sandbox, mode });
  } catch (error) {
    if (error instanceof RpcError && error.code === ErrorCode.MethodNotFound) return undefined;
    throw error;
  }
}

async function closeQuietly(handle: FileHandle | undefined): Promise<void> {
  try {
    await handle?.close();
  } catch {
    // the failure before it is the one to report
  }
}
