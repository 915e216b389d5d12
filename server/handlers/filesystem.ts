import {
  Base64Body,
  decodeBase64,
  type Filesystem,
  formatPath,
  invalidParams,
  invalidRequest,
  type PathForm,
  TEXTS,
  type WalkResult,
} from "../../protocol/mod.ts";
import type { ByteBudget } from "../filesystem/byte_budget.ts";
import type { FileHandles } from "../filesystem/file_handles.ts";
import type { MissingWatch } from "../filesystem/missing_watch.ts";
import type { ReadFileOptions } from "../filesystem/read_file.ts";
import type { Handlers } from "./handlers.ts";

const SMALL_ANSWER_BYTES = 64 * 1024;
const PATHS_AT_ONCE = 5_000;

/** What the filesystem methods of one connection work on. */
export interface FilesystemContext {
  /** Runs the operations. */
  readonly filesystem: Filesystem;
  /** The connection's open files. */
  readonly handles: FileHandles;
  /** The connection's watch. */
  readonly watch: MissingWatch;
  /** Bounds the content that answers hold. */
  readonly readBudget: ByteBudget;
  /** Aborted when nobody can get the answers any more. */
  readonly signal: AbortSignal;
  /** Resolves when the answers queued so far were taken by the client, or never will be. */
  released(): Promise<void>;
}

/**
 * Answers the fs/* methods of one connection.
 *
 * Source: exec-server protocol, section 9.
 */
export function filesystemHandlers(context: FilesystemContext): Handlers {
  const { filesystem, handles, watch, readBudget, signal } = context;
  return {
    "fs/readFile": async ({ path: { path }, ...options }) => {
      let held = 0;
      // by the time its turn comes there may be nobody to read for
      const reserve = (bytes: number) => readBudget.acquire(held = bytes)?.then(() => signal.throwIfAborted());
      const withReserve: ReadFileOptions = { ...options, reserve };
      try {
        return { dataBase64: Base64Body.owned(await filesystem.readFile(path, withReserve)) };
      } finally {
        releaseWhenTaken(context, held);
      }
    },

    "fs/writeFile": async ({ path: { path }, dataBase64, ...options }) => {
      const bytes = decode(dataBase64, (reason) => invalidRequest(TEXTS.badWriteData(reason)));
      await filesystem.writeFile(path, bytes, options);
      return {};
    },

    "fs/createDirectory": async ({ path: { path }, ...options }) => {
      await filesystem.createDirectory(path, options);
      return {};
    },

    "fs/getMetadata": ({ path: { path }, ...options }) => {
      return filesystem.getMetadata(path, options);
    },

    "fs/readDirectory": async ({ path: { path }, sandbox }) => {
      return { entries: await filesystem.readDirectory(path, { sandbox }) };
    },

    "fs/remove": async ({ path: { path }, ...options }) => {
      await filesystem.remove(path, options);
      return {};
    },

    "fs/copy": async ({ sourcePath, destinationPath, ...options }) => {
      await filesystem.copy(sourcePath.path, destinationPath.path, { ...options, signal });
      return {};
    },

    "fs/canonicalize": async ({ path: { path, form }, sandbox }) => {
      return { path: formatPath(await filesystem.canonicalize(path, { sandbox }), form) };
    },

    "fs/walk": async ({ path: { path, form }, options, sandbox }) => {
      return await formatWalk(await filesystem.walk(path, { ...options, sandbox, signal }), form);
    },

    "fs/open": async ({ handleId, path: { path }, ...options }) => {
      await handles.open(handleId, path, options);
      return { handleId };
    },

    "fs/readBlock": async ({ handleId, offset, len }) => {
      let held = 0;
      const admit = () => len > SMALL_ANSWER_BYTES ? readBudget.acquire(held = len) : undefined;
      try {
        const chunk = await handles.readBlock(handleId, offset, len, admit);
        return { chunk: Base64Body.owned(chunk), eof: chunk.length < len };
      } finally {
        releaseWhenTaken(context, held);
      }
    },

    "fs/writeBlock": async ({ handleId, offset, chunk }) => {
      const bytes = decode(chunk, (reason) => invalidParams(`params.chunk: ${reason}`));
      await handles.writeBlock(handleId, offset, bytes);
      return {};
    },

    "fs/close": async ({ handleId }) => {
      await handles.close(handleId);
      return {};
    },

    "fs/watchMissing": async ({ watchId, missing, present }) => {
      const paths = missing.map(({ path }) => path);
      return { watching: await watch.watch({ watchId, missing: paths, present: present?.path }) };
    },
  };
}

/** The answer is queued after the handler has returned; only then is there something to wait for. */
function releaseWhenTaken(context: FilesystemContext, bytes: number): void {
  if (bytes === 0) return;
  setTimeout(async () => {
    await context.released();
    context.readBudget.release(bytes);
  });
}

function decode(text: string, refusal: (reason: string) => Error): Uint8Array {
  try {
    return decodeBase64(text);
  } catch (error) {
    throw refusal(error instanceof Error ? error.message : String(error));
  }
}

/** A long list is formatted in pieces, so that other requests are answered in between. */
async function formatWalk(result: WalkResult, form: PathForm): Promise<WalkResult> {
  if (form === "native") return result;
  const entries: WalkResult["entries"] = [];
  for (let i = 0; i < result.entries.length; i += PATHS_AT_ONCE) {
    if (i > 0) await new Promise((resolve) => setTimeout(resolve));
    for (const { path, kind } of result.entries.slice(i, i + PATHS_AT_ONCE)) {
      entries.push({ path: formatPath(path, form), kind });
    }
  }
  const errors = result.errors.map(({ path, message }) => ({ path: formatPath(path, form), message }));
  return { entries, errors, truncated: result.truncated };
}
