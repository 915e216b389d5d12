import { type Filesystem, LIMITS } from "../protocol/mod.ts";
import { ByteBudget } from "./filesystem/byte_budget.ts";
import { FileHandles } from "./filesystem/file_handles.ts";
import { MissingWatch } from "./filesystem/missing_watch.ts";
import { filesystemHandlers } from "./handlers/filesystem.ts";

/** The `fs/*` methods of one client, on any filesystem. */
export interface FilesystemService extends AsyncDisposable {
  /** Answers the methods but `fs/watchMissing`, which only the machine itself can answer. */
  readonly handlers: Readonly<Record<string, ((params: never) => unknown) | undefined>>;
}

/**
 * Answers the `fs/*` methods for one client with a filesystem that need not be this machine's.
 *
 * @param room resolves when the client has taken the answers queued so far, or is gone
 */
export function serveFilesystem(filesystem: Filesystem, room: () => Promise<void>): FilesystemService {
  const handles = new FileHandles(filesystem);
  const ending = new AbortController();
  const { "fs/watchMissing": _watch, ...handlers } = filesystemHandlers({
    filesystem,
    handles,
    watch: new MissingWatch(() => {}),
    readBudget: new ByteBudget(LIMITS.maxReadAheadBytes),
    signal: ending.signal,
    released: room,
  });
  return {
    handlers,
    [Symbol.asyncDispose]: () => {
      ending.abort();
      return handles.closeAll();
    },
  };
}
