import { LIMITS } from "../protocol/limits.ts";
import { findLibc } from "./libc_path.ts";
import { Errno } from "./posix/errno.ts";
import { Inotify } from "./posix/inotify.ts";
import { type Libc, openLibc } from "./posix/libc.ts";
import { OsError } from "./posix/os_error.ts";

/** Some paths that are watched together. */
export interface WatchedPaths {
  /** Whether none of them, and no directory above one, can have changed since; asks the kernel. */
  unchanged(): boolean;
  /** Ends the watch. */
  release(): void;
}

interface Watcher {
  stale: boolean;
}

/**
 * Tells whether paths still stand for the same objects without looking at any of them: one system call for all. Names
 * that appear, disappear, are replaced or get other permissions count, contents do not.
 */
export class NameWatch {
  readonly #inotify: Inotify;
  /** By watch and name; "" is the directory itself. */
  readonly #watchers = new Map<number, Map<string, Set<Watcher>>>();

  /** Watches nothing yet. @throws {OsError} where the kernel has no more watches to give */
  constructor(libc: Libc) {
    this.#inotify = new Inotify(libc);
  }

  /**
   * Watches paths from now on; what changed before has to be looked at afterwards.
   *
   * @returns undefined when one of them cannot be watched: it leads through a link, or over a file system that does not
   * report its changes
   */
  watch(paths: Iterable<string>): WatchedPaths | undefined {
    // what happened before, in directories that are watched already, is not news for this one
    this.#drain();
    const watcher: Watcher = { stale: false };
    const places: (readonly [watch: number, name: string])[] = [];
    const directories = new Map<string, number | undefined>();
    const add = (watch: number, name: string) => {
      const names = getOr(this.#watchers, watch, () => new Map<string, Set<Watcher>>());
      getOr(names, name, () => new Set<Watcher>()).add(watcher);
      places.push([watch, name]);
    };
    const release = () => this.#release(watcher, places);
    try {
      for (const path of paths) {
        let directory = "/";
        for (const name of path.split("/")) {
          if (name === "") continue;
          const watch = getOr(directories, directory, () => {
            const added = this.#add(directory);
            if (added !== undefined) add(added, "");
            return added;
          });
          if (watch === undefined) break;
          add(watch, name);
          directory = directory === "/" ? `/${name}` : `${directory}/${name}`;
        }
      }
    } catch (error) {
      release();
      if (error instanceof OsError) return undefined;
      throw error;
    }
    return { unchanged: () => this.#unchanged(watcher), release };
  }

  /** Ends all watches. */
  close(): void {
    this.#inotify.close();
    this.#watchers.clear();
  }

  /** @returns undefined for a directory that is missing: the name above it is watched */
  #add(directory: string): number | undefined {
    if (this.#watchers.size >= LIMITS.maxWatchedDirectories) throw new OsError(Errno.ENOSPC);
    try {
      return this.#inotify.add(directory);
    } catch (error) {
      if (error instanceof OsError && error.errno === Errno.ENOENT) return undefined;
      throw error;
    }
  }

  #unchanged(watcher: Watcher): boolean {
    if (!watcher.stale) this.#drain();
    return !watcher.stale;
  }

  /** Marks all whose paths may have changed. */
  #drain(): void {
    const complete = this.#inotify.drain((watch, name) => {
      const names = this.#watchers.get(watch);
      if (names === undefined) return;
      // something that happened to the directory happened to all its names
      if (name === "") { for (const watchers of names.values()) mark(watchers); }
      else mark(names.get(name));
    });
    if (!complete) {
      for (const names of this.#watchers.values()) {
        for (const watchers of names.values()) mark(watchers);
      }
    }
  }

  #release(watcher: Watcher, places: readonly (readonly [number, string])[]): void {
    watcher.stale = true;
    for (const [watch, name] of places) {
      const names = this.#watchers.get(watch);
      const watchers = names?.get(name);
      watchers?.delete(watcher);
      if (watchers?.size === 0) names?.delete(name);
      if (names?.size !== 0) continue;
      this.#watchers.delete(watch);
      this.#inotify.remove(watch);
    }
  }
}

/** A watch of this process. @returns undefined where there can be none */
export function openNameWatch(): NameWatch | undefined {
  const libc = findLibc();
  try {
    return libc === undefined ? undefined : new NameWatch(openLibc(libc));
  } catch {
    // no FFI, or no instance left: everything is looked at instead
    return undefined;
  }
}

function mark(watchers: Iterable<Watcher> | undefined): void {
  for (const watcher of watchers ?? []) watcher.stale = true;
}

function getOr<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  if (map.has(key)) return map.get(key) as V;
  const made = make();
  map.set(key, made);
  return made;
}
