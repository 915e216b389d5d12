/** A sandbox context as it came over the wire; the sandbox gives it its meaning. */
export type SandboxContext = Record<string, unknown>;

/** Options every filesystem operation takes. */
export interface SandboxOption {
  /** Permission profile to run under; absent or null means none. */
  readonly sandbox?: SandboxContext | null | undefined;
}

/** Options of operations that can refuse links. */
export interface FollowOption extends SandboxOption {
  /** False refuses symbolic links anywhere in the path; default true. */
  readonly followSymlinks?: boolean | null | undefined;
}

/** Options of operations that may take as long as a disk is large. */
export interface AbortOption {
  /** Once it is aborted the operation stops at its next step and fails; an executor elsewhere is not told. */
  readonly signal?: AbortSignal | undefined;
}

/** Options of a copy. */
export interface CopyOptions extends SandboxOption, AbortOption {
  /** Whether a directory may be copied, with all that is in it. */
  readonly recursive: boolean;
}

/** Kind, size and times of a path; links are followed for everything but `isSymlink`. */
export interface FileMetadata {
  /** Whether the path leads to a directory. */
  readonly isDirectory: boolean;
  /** Whether the path leads to a regular file. */
  readonly isFile: boolean;
  /** Whether the path itself is a link. */
  readonly isSymlink: boolean;
  /** Bytes. */
  readonly size: number;
  /** Milliseconds since 1970, 0 when unknown. */
  readonly createdAtMs: number;
  /** Milliseconds since 1970, 0 when unknown. */
  readonly modifiedAtMs: number;
}

/** One name in a directory; kinds after following links. */
export interface DirectoryEntry {
  /** Name without directory; bytes that are not UTF-8 are replaced. */
  readonly fileName: string;
  /** Whether it is, or leads to, a directory. */
  readonly isDirectory: boolean;
  /** Whether it is, or leads to, a regular file. */
  readonly isFile: boolean;
}

/** Bounds of a walk. */
export interface WalkOptions extends SandboxOption, AbortOption {
  /** 0 lists the root's children only. */
  readonly maxDepth: number;
  /** Directories that may be entered; the root counts. */
  readonly maxDirectories: number;
  /** Entries that may be returned. */
  readonly maxEntries: number;
  /** Whether links to directories are listed and entered. */
  readonly followDirectorySymlinks: boolean;
  /** Whether directories with a leading dot are listed but not entered. */
  readonly pruneHiddenDirectories: boolean;
}

/** What a walk found, with native paths. */
export interface WalkResult {
  /** Directories and regular files, breadth first. */
  readonly entries: { readonly path: string; readonly kind: "directory" | "file" }[];
  /** Directories that could not be read. */
  readonly errors: { readonly path: string; readonly message: string }[];
  /** Whether a bound stopped it. */
  readonly truncated: boolean;
}

/** An open file; positional, so blocks may be in any order. Any I/O error closes it. */
export interface FileHandle {
  /** Reads at most `length` bytes at `offset`; fewer mean the end of the file. */
  readBlock(offset: number, length: number): Promise<Uint8Array>;
  /** Writes all bytes at `offset`. */
  writeBlock(offset: number, bytes: Uint8Array): Promise<void>;
  /** Releases the descriptor; safe to call more than once. */
  close(): Promise<void>;
}

/**
 * The files of an environment, local or remote. Paths are absolute native paths. Every operation fails with an RpcError
 * whose code and text are those of the wire (exec-server protocol, section 9.2).
 */
export interface Filesystem {
  /** Reads a whole regular file of at most 512 MiB. */
  readFile(path: string, options?: FollowOption): Promise<Uint8Array>;
  /** Creates or truncates a file in place; its directory must exist. */
  writeFile(path: string, bytes: Uint8Array, options?: FollowOption): Promise<void>;
  /** Makes a directory, with its parents unless `recursive` is false. */
  createDirectory(path: string, options?: FollowOption & { readonly recursive?: boolean | null | undefined }): Promise<
    void
  >;
  /** Describes a path. */
  getMetadata(path: string, options?: FollowOption): FileMetadata | Promise<FileMetadata>;
  /** Lists a directory in no particular order. */
  readDirectory(path: string, options?: SandboxOption): Promise<DirectoryEntry[]>;
  /** Removes a file, link or tree; a missing path is no error unless `force` is false. */
  remove(
    path: string,
    options?: FollowOption & {
      readonly recursive?: boolean | null | undefined;
      readonly force?: boolean | null | undefined;
    },
  ): Promise<void>;
  /** Copies a file, a link or, when `recursive`, a tree. */
  copy(source: string, destination: string, options: CopyOptions): Promise<void>;
  /** The real path with all links resolved. */
  canonicalize(path: string, options?: SandboxOption): Promise<string>;
  /** Lists a tree breadth first. */
  walk(path: string, options: WalkOptions): Promise<WalkResult>;
  /** Opens a regular file; `replace` creates or truncates it at once. */
  open(path: string, options?: SandboxOption & { readonly mode?: "read" | "replace" }): Promise<FileHandle>;
}
