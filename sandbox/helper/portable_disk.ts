import { Errno } from "../posix/errno.ts";
import { OsError } from "../posix/os_error.ts";
import { attempt } from "./attempt.ts";
import type { Directory, Disk, Entry, Facts, OpenFile, OpenMode } from "./disk.ts";
import { joinPath } from "./guard.ts";
import { PortableFile } from "./portable_file.ts";

/**
 * Works on canonical paths with Deno's own calls, where there is no FFI. Deno checks each path against its flags again.
 * Something that is swapped between two calls is not noticed, and what the flags deny cannot be looked at, so it is not
 * recognised under another name: this holds against links, not against races and renames.
 */
export class PortableDisk implements Disk {
  mutations = 0;

  jump(path: string): Directory | undefined {
    if (path === "/") return "/";
    try {
      return attempt(() => Deno.realPathSync(path)) === path ? path : undefined;
    } catch (error) {
      // above the grants; whatever is used below it is looked at again
      return error instanceof OsError && error.errno === Errno.EACCES ? path : undefined;
    }
  }

  enter(directory: Directory, name: string): Directory {
    const path = joinPath(directory as string, name);
    if (this.facts(directory, name)?.kind === "directory") return path;
    throw new OsError(this.facts(directory, name) === undefined ? Errno.ENOENT : Errno.ENOTDIR);
  }

  facts(directory: Directory, name: string): Facts | undefined {
    const path = name === "" ? directory as string : joinPath(directory as string, name);
    try {
      return factsOf(attempt(() => Deno.lstatSync(path)));
    } catch (error) {
      if (error instanceof OsError && error.errno === Errno.ENOENT) return undefined;
      // the flags of the helper do not name what is above the grants; the guard lets no one see more of it than this
      if (error instanceof OsError && error.errno === Errno.EACCES && this.#isDirectory(path)) return ABOVE;
      throw error;
    }
  }

  readLink(directory: Directory, name: string): string | undefined {
    const path = joinPath(directory as string, name);
    if (this.facts(directory, name)?.kind !== "link") return undefined;
    return attempt(() => Deno.readLinkSync(path));
  }

  procfs(directory: Directory, _facts: Facts): "no" | "root" | "below" {
    return directory === "/proc" ? "root" : (directory as string).startsWith("/proc/") ? "below" : "no";
  }

  list(directory: Directory, name: string): Iterable<Entry> {
    const path = name === "" ? directory as string : joinPath(directory as string, name);
    requireCanonical(path);
    return attempt(() =>
      [...Deno.readDirSync(path)].map((entry): Entry => ({
        name: entry.name,
        kind: entry.isFile ? "file" : entry.isDirectory ? "directory" : entry.isSymlink ? "link" : "other",
      }))
    );
  }

  makeDirectory(directory: Directory, name: string): void {
    this.mutations++;
    requireCanonical(directory as string);
    attempt(() => Deno.mkdirSync(joinPath(directory as string, name)));
  }

  makeLink(directory: Directory, name: string, text: string): void {
    this.mutations++;
    // Deno wants unscoped permissions for this, which a helper never has
    attempt(() => Deno.symlinkSync(text, joinPath(directory as string, name)));
  }

  remove(directory: Directory, name: string, _isDirectory: boolean): void {
    this.mutations++;
    requireCanonical(directory as string);
    attempt(() => Deno.removeSync(joinPath(directory as string, name)));
  }

  open(directory: Directory, name: string, mode: OpenMode, permissions: number): OpenFile {
    const facts = this.facts(directory, name);
    if (facts?.kind === "link") throw new OsError(Errno.ELOOP);
    // Deno cannot open without waiting, so nothing but a regular file is opened
    if (facts !== undefined && facts.kind !== "file") throw new OsError(Errno.ENXIO);
    if (mode !== "read") this.mutations++;
    const options = mode === "read" ? { read: true } : { write: true, create: mode === "create", mode: permissions };
    if (facts !== undefined) requireCanonical(joinPath(directory as string, name));
    else requireCanonical(directory as string);
    const file = attempt(() => Deno.openSync(joinPath(directory as string, name), options));
    return new PortableFile(file, factsOf(file.statSync()), joinPath(directory as string, name));
  }

  leave(_directory: Directory): void {}

  #isDirectory(path: string): boolean {
    return path === "/" || Deno.permissions.querySync({ name: "read", path }).state !== "granted";
  }
}

/** @throws {OsError} ELOOP when a link is on the way by now */
function requireCanonical(path: string): void {
  if (attempt(() => Deno.realPathSync(path)) !== path) throw new OsError(Errno.ELOOP);
}

/** A directory that the helper knows only the name of. */
const ABOVE: Facts = {
  kind: "directory",
  device: "",
  inodeLow: -1,
  identity: "",
  size: 0,
  mode: 0o755,
  birthMs: 0,
  modifiedMs: 0,
};

function factsOf(info: Deno.FileInfo): Facts {
  const birth = info.birthtime?.getTime() ?? 0;
  const inode = info.ino ?? 0;
  return {
    kind: info.isFile ? "file" : info.isDirectory ? "directory" : info.isSymlink ? "link" : "other",
    device: String(info.dev),
    inodeLow: inode % 2 ** 32,
    identity: `${info.dev}:${inode}:${birth}`,
    size: info.size,
    mode: (info.mode ?? 0o644) & 0o7777,
    birthMs: birth,
    modifiedMs: info.mtime?.getTime() ?? 0,
  };
}
