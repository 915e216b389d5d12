import type {
  CopyOptions,
  DirectoryEntry,
  FileHandle,
  FileMetadata,
  Filesystem,
  FollowOption,
  SandboxContext,
  SandboxOption,
  WalkOptions,
  WalkResult,
} from "../../protocol/mod.ts";
import { refuseRestricted } from "../../sandbox/mod.ts";
import { canonicalize } from "./canonicalize.ts";
import { copy } from "./copy.ts";
import { createDirectory, type CreateDirectoryOptions } from "./create_directory.ts";
import { getMetadata } from "./metadata.ts";
import { openFile } from "./open_file.ts";
import { toRpcError } from "./os_error.ts";
import { readDirectory } from "./read_directory.ts";
import { readFile, type ReadFileOptions } from "./read_file.ts";
import { remove, type RemoveOptions } from "./remove.ts";
import { walk } from "./walk.ts";
import { writeFile } from "./write_file.ts";

/** Options of {@linkcode LocalFilesystem.open}. */
export interface OpenOptions extends SandboxOption {
  /** Default "read". */
  readonly mode?: "read" | "replace";
}

/**
 * The files of this machine with the rights of this process. A request under a restricted profile is refused, never run
 * without its profile.
 *
 * Source: exec-server protocol, section 9.
 */
export class LocalFilesystem implements Filesystem {
  /** Reads a whole regular file of at most 512 MiB. */
  readFile(path: string, options?: ReadFileOptions): Promise<Uint8Array> {
    return run("fs/readFile", options?.sandbox, () => readFile(path, options));
  }

  /** Creates or truncates a file in place. */
  writeFile(path: string, bytes: Uint8Array, options?: FollowOption): Promise<void> {
    return run("fs/writeFile", options?.sandbox, () => writeFile(path, bytes, options));
  }

  /** Makes a directory, with its parents unless `recursive` is false. */
  createDirectory(path: string, options?: CreateDirectoryOptions): Promise<void> {
    return run("fs/createDirectory", options?.sandbox, () => createDirectory(path, options));
  }

  /** Describes a path, at once where no disk can keep it waiting. */
  getMetadata(path: string, options?: FollowOption): FileMetadata | Promise<FileMetadata> {
    refuseRestricted("fs/getMetadata", options?.sandbox);
    try {
      const metadata = getMetadata(path, options);
      return metadata instanceof Promise ? metadata.catch(rethrow) : metadata;
    } catch (error) {
      throw toRpcError(error);
    }
  }

  /** Lists a directory in the order of the system. */
  readDirectory(path: string, options?: SandboxOption): Promise<DirectoryEntry[]> {
    return run("fs/readDirectory", options?.sandbox, () => readDirectory(path));
  }

  /** Removes a file, link or tree. */
  remove(path: string, options?: RemoveOptions): Promise<void> {
    return run("fs/remove", options?.sandbox, () => remove(path, options));
  }

  /** Copies a file, a link or, when `recursive`, a tree. */
  copy(source: string, destination: string, options: CopyOptions): Promise<void> {
    return run("fs/copy", options.sandbox, () => copy(source, destination, options));
  }

  /** The real path with all links resolved. */
  canonicalize(path: string, options?: SandboxOption): Promise<string> {
    return run("fs/canonicalize", options?.sandbox, () => canonicalize(path));
  }

  /** Lists a tree breadth first. */
  walk(path: string, options: WalkOptions): Promise<WalkResult> {
    return run("fs/walk", options.sandbox, () => walk(path, options));
  }

  /** Opens a regular file for block access. */
  open(path: string, options?: OpenOptions): Promise<FileHandle> {
    return run("fs/open", options?.sandbox, () => openFile(path, options?.mode));
  }
}

async function run<T>(method: string, sandbox: SandboxContext | null | undefined, work: () => Promise<T>): Promise<T> {
  refuseRestricted(method, sandbox);
  try {
    return await work();
  } catch (error) {
    throw toRpcError(error);
  }
}

function rethrow(error: unknown): never {
  throw toRpcError(error);
}
