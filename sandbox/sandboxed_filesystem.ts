import { invalidRequest, RpcError } from "../protocol/errors.ts";
import type {
  CopyOptions,
  DirectoryEntry,
  FileHandle,
  FileMetadata,
  Filesystem,
  FollowOption,
  SandboxOption,
  WalkOptions,
  WalkResult,
} from "../protocol/filesystem.ts";
import { LIMITS } from "../protocol/limits.ts";
import { TEXTS } from "../protocol/texts.ts";
import type { Parameters } from "./helper/operation.ts";
import type { OperationName } from "./helper/operations.ts";
import type { HelperCall } from "./helper_call.ts";
import { Errno } from "./posix/errno.ts";
import { OsError } from "./posix/os_error.ts";
import type { CallExtras, HelperAccess } from "./helper_access.ts";
import { SandboxedFile } from "./sandboxed_file.ts";

const MAX_PATH_LENGTH = 4096;

/** The files of this machine as far as one policy grants them. */
export class SandboxedFilesystem implements Filesystem {
  readonly #helper: HelperAccess;

  /** Makes the files out of what runs their operations. */
  constructor(helper: HelperAccess) {
    this.#helper = helper;
  }

  /** Reads a whole regular file of at most 512 MiB. */
  readFile(path: string, options?: FollowOption): Promise<Uint8Array> {
    return this.#run("readFile", path, follow(options), (_, call) => call.bytes);
  }

  /** Creates or truncates a file in place. */
  writeFile(path: string, bytes: Uint8Array, options?: FollowOption): Promise<void> {
    return this.#run("writeFile", path, follow(options), nothing, { body: bytes });
  }

  /** Makes a directory, with its parents unless `recursive` is false. */
  createDirectory(
    path: string,
    options?: FollowOption & { readonly recursive?: boolean | null | undefined },
  ): Promise<void> {
    const parameters = { ...follow(options), recursive: options?.recursive !== false };
    return this.#run<void>("createDirectory", path, parameters, nothing);
  }

  /** Describes a path. */
  getMetadata(path: string, options?: FollowOption): Promise<FileMetadata> {
    return this.#run("getMetadata", path, follow(options), (end) => end as FileMetadata);
  }

  /** Lists a directory in the order of the system; names that cannot be seen are left out. */
  readDirectory(path: string, _options?: SandboxOption): Promise<DirectoryEntry[]> {
    return this.#run("readDirectory", path, {}, (_, call) => call.items as DirectoryEntry[]);
  }

  /** Removes a file, link or tree. */
  remove(
    path: string,
    options?: FollowOption & {
      readonly recursive?: boolean | null | undefined;
      readonly force?: boolean | null | undefined;
    },
  ): Promise<void> {
    const { recursive, force } = options ?? {};
    const parameters = { ...follow(options), recursive: recursive !== false, force: force !== false };
    return this.#run("remove", path, parameters, nothing);
  }

  /** Copies a file, a link or, when `recursive`, a tree. */
  async copy(source: string, destination: string, { recursive, signal }: CopyOptions): Promise<void> {
    checkPath(destination);
    await this.#run<void>("copy", source, { destination, recursive }, nothing, { signal });
  }

  /** The real path with all links resolved. */
  canonicalize(path: string, _options?: SandboxOption): Promise<string> {
    return this.#run("canonicalize", path, {}, (end) => (end as { path: string }).path);
  }

  /** Lists a tree breadth first. */
  async walk(path: string, options: WalkOptions): Promise<WalkResult> {
    const { maxDepth, maxDirectories, maxEntries, followDirectorySymlinks, pruneHiddenDirectories } = options;
    if (maxDirectories === 0 || maxEntries === 0) throw invalidRequest(TEXTS.walkLimitsZero);
    const tooMuch = maxDepth > LIMITS.maxWalkDepth || maxDirectories > LIMITS.maxWalkDirectories ||
      maxEntries > LIMITS.maxWalkEntries;
    if (tooMuch) throw invalidRequest(TEXTS.walkLimitsMax);
    const parameters = { maxDepth, maxDirectories, maxEntries, followDirectorySymlinks, pruneHiddenDirectories };
    return await this.#run("walk", path, parameters, (end, call) => ({
      entries: call.items as WalkResult["entries"],
      ...(end as Omit<WalkResult, "entries">),
    }), { signal: options.signal });
  }

  /** Opens a regular file for block access. */
  async open(path: string, options?: { readonly mode?: "read" | "replace" }): Promise<FileHandle> {
    checkPath(path);
    return new SandboxedFile(await this.#helper.open({ path, mode: options?.mode ?? "read" }));
  }

  async #run<T>(
    op: OperationName,
    path: string,
    parameters: Partial<Parameters>,
    finish: (end: unknown, call: HelperCall<T>) => T,
    extras?: CallExtras,
  ): Promise<T> {
    checkPath(path);
    return await this.#helper.run(op, { path, ...parameters }, finish, extras);
  }
}

function nothing(): void {}

function follow(options: FollowOption | undefined): { readonly follow: boolean } {
  return { follow: options?.followSymlinks !== false };
}

/** @throws {RpcError} for a path that no system call takes, whatever the policy says */
function checkPath(path: string): void {
  if (path.includes("\0")) throw new RpcError(-32600, "file name contained an unexpected NUL byte");
  if (path.length >= MAX_PATH_LENGTH) throw new OsError(Errno.ENAMETOOLONG);
}
