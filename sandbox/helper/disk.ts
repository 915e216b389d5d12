/** What kind of object a name stands for; "other" is a fifo, socket or device. */
export type Kind = "file" | "directory" | "link" | "other";

/** Facts of an object, links not followed. */
export interface Facts {
  readonly kind: Kind;
  /** Names the device. */
  readonly device: string;
  /** Low 32 bits of the inode number, to rule out most objects quickly. */
  readonly inodeLow: number;
  /** Names the object itself, also after a rename: device, inode and, where known, the time of its birth. */
  readonly identity: string;
  readonly size: number;
  /** Permission bits. */
  readonly mode: number;
  /** 0 when unknown. */
  readonly birthMs: number;
  readonly modifiedMs: number;
}

/** One name of a directory. */
export interface Entry {
  readonly name: string;
  /** Undefined when only {@linkcode Disk.facts} can tell. */
  readonly kind: Kind | undefined;
}

/** An open directory: a descriptor, or a canonical path where there are none. */
export type Directory = number | string;

/** How a file is opened. */
export type OpenMode = "read" | "write" | "create";

/**
 * The system calls that all operations are made of. Every one works on one name in an open directory and follows no
 * link, so that whoever calls it decides about each step.
 */
export interface Disk {
  /** Counts calls that can change something. */
  readonly mutations: number;
  /** Opens a directory known by a canonical path, when no link is on the way; undefined when one is. */
  jump(path: string): Directory | undefined;
  /** Opens the directory `name`, to look up names in it. @throws {OsError} ENOTDIR also for a link */
  enter(directory: Directory, name: string): Directory;
  /** Facts of a name, or of the directory itself for "". @returns undefined when there is no such name */
  facts(directory: Directory, name: string): Facts | undefined;
  /** The text of a link. @returns undefined when the name is not a link */
  readLink(directory: Directory, name: string): string | undefined;
  /** Whether the directory lies in procfs, and whether it is its root. */
  procfs(directory: Directory, facts: Facts): "no" | "root" | "below";
  /** All names in the directory `name`, or in the directory itself for "". */
  list(directory: Directory, name: string): Iterable<Entry>;
  /** Makes a directory with mode 0777 less the umask. */
  makeDirectory(directory: Directory, name: string): void;
  /** Makes a link. */
  makeLink(directory: Directory, name: string, text: string): void;
  /** Removes a name; `isDirectory` says which of the two calls to make. */
  remove(directory: Directory, name: string, isDirectory: boolean): void;
  /** Opens a regular file or fifo without waiting; never truncates. @throws {OsError} ELOOP for a link */
  open(directory: Directory, name: string, mode: OpenMode, permissions: number): OpenFile;
  /** Closes a directory. */
  leave(directory: Directory): void;
}

/** An open file. */
export interface OpenFile {
  /** Facts of what was really opened. */
  readonly facts: Facts;
  /** Reads once. @returns the count, 0 at the end */
  read(into: Uint8Array, offset: number): number;
  /** Writes everything. */
  write(bytes: Uint8Array, offset: number): void;
  /** Cuts the file to its first bytes. */
  truncate(length: number): void;
  /** Sets the permission bits. */
  chmod(mode: number): void;
  /** Closes the file; only once. */
  close(): void;
}
