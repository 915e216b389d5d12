import type { Placeholder } from "../../../sandbox/mod.ts";
import { closeDescriptors } from "../../posix/descriptors.ts";
import { cString, openLibc } from "../../posix/libc.ts";
import { PosixError } from "../../posix/posix_spawn.ts";
import { openWithoutLinks, sandboxLibc } from "./open_without_links.ts";

const O_RDONLY = 0, O_CREAT = 0o100, O_EXCL = 0o200, O_NONBLOCK = 0o4000, O_CLOEXEC = 0o2000000;
const O_NOFOLLOW = Deno.build.arch === "aarch64" ? 0o100000 : 0o400000;
const AT_REMOVEDIR = 0x200;
const LOCK_SH = 1, LOCK_EX = 2, LOCK_NB = 4;
const EPERM = 1, ENOENT = 2, EAGAIN = 11, EACCES = 13, EEXIST = 17, EROFS = 30;
const MODES = { directory: 0o555, file: 0o444 } as const;
/** Seconds since 1970 at which a placeholder was last changed, so that every server knows one when it sees it. */
export const PLACEHOLDER_MTIME = 777_777_777;
const MARK = timesOf(PLACEHOLDER_MTIME);
const MAX_ATTEMPTS = 16;
/** Another server marks what it made at once; until then it looks like anybody's. */
const UNMARKED_MS = 50;

/** Is told what has to go should this server be killed. */
export interface PlaceholderKeeper {
  /** A placeholder exists. */
  holds(placeholder: Placeholder): void;
  /** It does not any more. */
  releases(placeholder: Placeholder): void;
}

interface Held extends Placeholder {
  readonly fd: number;
  users: number;
}

/**
 * Occupies missing names on the disk for as long as sandboxed processes run that must not create them. Each is locked
 * (flock(2), shared) by every server that uses it, and removed by the last one; so servers need no common directory, and
 * a lock cannot outlive its server.
 *
 * Source: exec-server permissions, sections 2.3 and 8.8.
 */
export class Placeholders {
  readonly #held = new Map<string, Held>();
  readonly #keeper: PlaceholderKeeper;

  /** Holds nothing yet. */
  constructor(keeper: PlaceholderKeeper) {
    this.#keeper = keeper;
  }

  /** How many names are occupied. */
  get size(): number {
    return this.#held.size;
  }

  /**
   * Occupies names. What cannot be created by this server's user is left out: the process has no more rights than it.
   *
   * @returns those that are occupied now or are there by another's doing, and how to give them up
   * @throws {PosixError} when one can neither be created nor left out
   */
  hold(wanted: readonly Placeholder[]): { readonly present: ReadonlySet<string>; readonly release: () => void } {
    const taken: Held[] = [];
    const present = new Set<string>();
    const release = () => {
      for (const held of taken.splice(0)) this.#leave(held);
    };
    try {
      for (const placeholder of wanted) {
        const held = this.#take(placeholder);
        if (held === "absent") continue;
        present.add(placeholder.path);
        if (held !== "foreign") taken.push(held);
      }
    } catch (error) {
      release();
      throw error;
    }
    return { present, release };
  }

  /** Gives up everything, whoever still counts on it. */
  close(): void {
    for (const held of [...this.#held.values()]) {
      held.users = 1;
      this.#leave(held);
    }
  }

  #take(placeholder: Placeholder): Held | "absent" | "foreign" {
    const known = this.#held.get(placeholder.path);
    if (known !== undefined && isStill(known)) {
      known.users++;
      return known;
    }
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      if (create(placeholder) === "refused") return "absent";
      const fd = lock(placeholder);
      if (fd === undefined || isUnmarked(placeholder)) {
        if (fd !== undefined) closeDescriptors(fd);
        // it was just made, or just removed, by another server
        pause(1 + attempt);
        continue;
      }
      if (!isPlaceholder(placeholder)) {
        closeDescriptors(fd);
        return "foreign";
      }
      const held: Held = { ...placeholder, fd, users: 1 };
      this.#held.set(placeholder.path, held);
      this.#keeper.holds(placeholder);
      return held;
    }
    throw new PosixError("flock", EAGAIN);
  }

  #leave(held: Held): void {
    // given up already by close()
    if (held.users <= 0 || --held.users > 0) return;
    // another server that still uses it will remove it
    const alone = openLibc().call.flock(held.fd, LOCK_EX | LOCK_NB) === 0;
    if (alone && isStill(held) && isPlaceholder(held)) remove(held);
    closeDescriptors(held.fd);
    if (this.#held.get(held.path) === held) {
      this.#held.delete(held.path);
      this.#keeper.releases(held);
    }
  }
}

/**
 * Makes one and marks it through its descriptor. Its directory is reached without links, since a running process may be
 * able to put one in the way.
 */
function create(placeholder: Placeholder): "made" | "exists" | "refused" {
  const { path, kind } = placeholder;
  const parent = openParent(path);
  if (parent === undefined) return "refused";
  try {
    const { call, errno } = sandboxLibc();
    const name = nameOf(path);
    const made = kind === "directory"
      ? call.mkdirat(parent, name, MODES.directory)
      : call.openat(parent, name, O_RDONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, MODES.file);
    if (made < 0) {
      const number = errno();
      if (number === EEXIST) return "exists";
      if (number === EACCES || number === EPERM || number === EROFS || number === ENOENT) return "refused";
      throw new PosixError("creating a placeholder", number);
    }
    const fd = kind === "file" ? made : call.openat(parent, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0);
    if (fd < 0) return "exists";
    openLibc().call.fchmod(fd, MODES[kind]);
    openLibc().call.futimens(fd, MARK);
    closeDescriptors(fd);
    return "made";
  } finally {
    closeDescriptors(parent);
  }
}

function openParent(path: string): number | undefined {
  try {
    return openWithoutLinks(path.slice(0, path.lastIndexOf("/")) || "/");
  } catch (error) {
    if (error instanceof PosixError) return undefined;
    throw error;
  }
}

function nameOf(path: string): Uint8Array<ArrayBuffer> {
  return cString(path.slice(path.lastIndexOf("/") + 1));
}

function open(path: string): number | undefined {
  const parent = openParent(path);
  if (parent === undefined) return undefined;
  const fd = sandboxLibc().call.openat(parent, nameOf(path), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0);
  closeDescriptors(parent);
  return fd < 0 ? undefined : fd;
}

/** Opens and locks what is there now. @returns undefined when it is gone, or became something else meanwhile */
function lock(placeholder: Placeholder): number | undefined {
  const fd = open(placeholder.path);
  if (fd === undefined) return undefined;
  // never waits: a sandboxed process can open and lock it as well
  const locked = openLibc().call.flock(fd, LOCK_SH | LOCK_NB) === 0;
  if (locked && isStill({ path: placeholder.path, fd })) return fd;
  closeDescriptors(fd);
  return undefined;
}

/** Whether a path still leads to the file that was opened. */
function isStill({ path, fd }: Pick<Held, "path" | "fd">): boolean {
  try {
    const now = Deno.lstatSync(path), opened = Deno.statSync(`/proc/self/fd/${fd}`);
    return now.ino === opened.ino && now.dev === opened.dev;
  } catch {
    return false;
  }
}

/** Whether it is one that a server made, and nobody has put anything into. */
export function isPlaceholder({ path, kind }: Placeholder): boolean {
  try {
    const { isDirectory, isFile, mode, mtime, size } = Deno.lstatSync(path);
    if (kind === "directory" ? !isDirectory : !isFile || size !== 0) return false;
    return ((mode ?? 0) & 0o777) === MODES[kind] && mtime?.getTime() === PLACEHOLDER_MTIME * 1000;
  } catch {
    return false;
  }
}

/** Whether it may be one that another server is about to mark. */
function isUnmarked(placeholder: Placeholder): boolean {
  try {
    const { ctime } = Deno.lstatSync(placeholder.path);
    return !isPlaceholder(placeholder) && Date.now() - (ctime?.getTime() ?? 0) < UNMARKED_MS;
  } catch {
    return true;
  }
}

/** Waits without giving others a turn: a start must not be overtaken by what the client sends after it. */
function pause(milliseconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}

/** `struct timespec[2]`: the same second for the last access and the last change. */
function timesOf(seconds: number): Uint8Array<ArrayBuffer> {
  const second = BigInt(seconds);
  return new Uint8Array(new BigInt64Array([second, 0n, second, 0n]).buffer);
}

function remove({ path, kind }: Placeholder): void {
  const parent = openParent(path);
  if (parent === undefined) return;
  sandboxLibc().call.unlinkat(parent, nameOf(path), kind === "directory" ? AT_REMOVEDIR : 0);
  closeDescriptors(parent);
}
