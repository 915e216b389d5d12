import { Errno } from "../posix/errno.ts";
import { OsError, Refusal } from "../posix/os_error.ts";
import { encodeName } from "../posix/names.ts";
import type { Anchors } from "./anchors.ts";
import type { Directory, Disk, Facts } from "./disk.ts";
import { type Cap, type Guard, joinPath, lesser, type Spot } from "./guard.ts";
import type { CarriedObjects } from "./memory.ts";

const MAX_LINKS = 40;
const MAX_PATH_BYTES = 4096;
const PROCESS_DIRECTORY = /^(\d+|self|thread-self)$/;

/**
 * What becomes of links: "all" are followed, "parents" stops at one at the end, "never" takes one on the way for
 * something that is no directory.
 */
export type Follow = "all" | "parents" | "never";

/** Where a path leads. The directory is open, and the name was looked up in it. */
export interface Place extends Spot, Disposable {
  readonly directory: Directory;
  /** The name in the directory; "" for the root itself. */
  readonly name: string;
  /** Undefined when the name is missing. */
  readonly facts: Facts | undefined;
  /** Names after a missing one; empty when only the last is missing. */
  readonly rest: readonly string[];
  /** Whether the name came out of a link: the last component of the path was one, or leads to nothing. */
  readonly throughLink: boolean;
}

interface Level {
  readonly directory: Directory;
  readonly path: string;
  readonly cap: Cap;
  readonly facts: Facts;
  readonly procfs: "no" | "root" | "below";
}

/** Walks paths on open directories: each name is decided about before it is looked up, and every link by hand. */
export class Walker {
  readonly disk: Disk;
  readonly #guard: Guard;
  readonly #carried: CarriedObjects;
  readonly #anchors: Anchors;

  /** Walks on a disk under a policy. */
  constructor(disk: Disk, guard: Guard, carried: CarriedObjects, anchors: Anchors) {
    this.disk = disk;
    this.#guard = guard;
    this.#carried = carried;
    this.#anchors = anchors;
  }

  /**
   * Follows a path of a peer.
   *
   * @throws {Refusal} for what the policy does not let pass, {OsError} for what the system does not
   */
  resolve(path: string, follow: Follow): Place {
    const place = this.resolveReal(checkedPath(path), follow);
    if (/\/\.?$/.test(path) && place.facts !== undefined && place.facts.kind !== "directory") {
      place[Symbol.dispose]();
      throw new OsError(Errno.ENOTDIR);
    }
    return place;
  }

  /** Follows a path as it came out of a listing: of any length, and with names that are not UTF-8. */
  resolveReal(path: string, follow: Follow): Place {
    const walk = new Walk(this.disk, this.#guard, this.#carried, this.#anchors, follow);
    try {
      return walk.run(path);
    } catch (error) {
      walk.leave();
      throw error;
    }
  }

  /** What an object found somewhere is under the policy; `cap` is that of its directory. */
  describe(facts: Facts, { path, cap }: Spot): Spot {
    this.#anchors.learn(path, facts, this.#carried);
    return { path, cap: lesser(cap, this.#carried.capOf(facts, path)) };
  }
}

/** A path of a peer in the form the walk takes. @throws {OsError} ENAMETOOLONG, ENOENT for one that is not absolute */
export function checkedPath(path: string): string {
  const wellFormed = path.toWellFormed();
  if (!path.startsWith("/")) throw new OsError(Errno.ENOENT);
  const mayBeLong = wellFormed.length > MAX_PATH_BYTES / 4;
  if (mayBeLong && encodeName(wellFormed).length >= MAX_PATH_BYTES) throw new OsError(Errno.ENAMETOOLONG);
  return wellFormed;
}

class Walk {
  readonly #levels: Level[] = [];
  #links = 0;
  /** How many names were left after the link that was followed last, or the outermost one of a chain. */
  #tail = Infinity;

  constructor(
    readonly disk: Disk,
    readonly guard: Guard,
    readonly carried: CarriedObjects,
    readonly anchors: Anchors,
    readonly follow: Follow,
  ) {}

  run(path: string): Place {
    // a reversed list, so that links put their names at its end
    const rest = splitPath(path).reverse();
    this.#start(rest);
    while (rest.length > 0) {
      const name = rest.pop() as string;
      if (name === "..") {
        this.#up();
        if (rest.length === 0) return this.#ended();
        continue;
      }
      const place = rest.length === 0 ? this.#last(name, rest) : this.#through(name, rest);
      if (place !== undefined) return place;
    }
    return this.#ended();
  }

  leave(): void {
    for (const { directory } of this.#levels) this.disk.leave(directory);
    this.#levels.length = 0;
  }

  /** Skips directories that nobody under this policy could have moved, if no link is among them. */
  #start(rest: string[]): void {
    const path = `/${rest.toReversed().join("/")}`;
    const jumpTo = rest.includes("..") ? "/" : this.anchors.jumpFor(path);
    if (jumpTo !== "/" && this.guard.access(path) !== "none") {
      const directory = this.disk.jump(jumpTo);
      if (directory !== undefined && this.#push(directory, jumpTo, "write", undefined)) {
        rest.length -= splitPath(jumpTo).length;
        return;
      }
    }
    this.#pushRoot();
  }

  #top(): Level {
    return this.#levels.at(-1) as Level;
  }

  #pushRoot(): void {
    this.#push(this.disk.jump("/") as Directory, "/", "write", undefined);
  }

  /** Takes over a directory. @returns false when it has to be entered name by name, and is closed again */
  #push(directory: Directory, path: string, inherited: Cap, parent: Level | undefined): boolean {
    let kept = false;
    try {
      const facts = this.disk.facts(directory, "") as Facts;
      const sameDevice = parent !== undefined && parent.facts.device === facts.device;
      const procfs = sameDevice && parent.procfs === "no" ? "no" : this.disk.procfs(directory, facts);
      if (procfs === "below" && parent === undefined) return false;
      if (procfs === "below" && parent?.procfs === "no") throw new Refusal(Errno.EACCES);
      this.anchors.check(path, facts);
      const cap = lesser(this.#capOf(facts, path, inherited), procfs === "no" ? "write" : "read");
      if (cap === "none") throw new Refusal(Errno.EACCES);
      this.#levels.push({ directory, path, cap, facts, procfs });
      kept = true;
      return true;
    } finally {
      if (!kept) this.disk.leave(directory);
    }
  }

  #capOf(facts: Facts, path: string, inherited: Cap): Cap {
    this.anchors.learn(path, facts, this.carried);
    return lesser(inherited, this.carried.capOf(facts, path));
  }

  #up(): void {
    if (this.#levels.length > 1) this.disk.leave((this.#levels.pop() as Level).directory);
    else if (this.#top().path !== "/") throw new Error("Unreachable: a jump over a path with ..");
  }

  /** A name with more after it. @returns a place only when it is missing */
  #through(name: string, rest: string[]): Place | undefined {
    const top = this.#top();
    const path = this.#decide(top, name);
    let directory: Directory;
    try {
      directory = this.disk.enter(top.directory, name);
    } catch (error) {
      if (!(error instanceof OsError)) throw error;
      if (error.errno === Errno.ENOENT) return this.#place(name, path, undefined, rest.reverse());
      if (error.errno !== Errno.ENOTDIR && error.errno !== Errno.ELOOP) throw error;
      const text = this.follow === "never" ? undefined : this.disk.readLink(top.directory, name);
      if (text === undefined) throw new OsError(Errno.ENOTDIR);
      this.#followLink(text, rest);
      return undefined;
    }
    this.#push(directory, path, top.cap, top);
    return undefined;
  }

  #last(name: string, rest: string[]): Place | undefined {
    const top = this.#top();
    const path = this.#decide(top, name);
    const facts = this.disk.facts(top.directory, name);
    if (facts?.kind !== "link" || this.follow !== "all") return this.#place(name, path, facts, []);
    const text = this.disk.readLink(top.directory, name);
    // swapped for something else in between: look again, as often as links may be followed
    this.#followLink(text ?? name, rest);
    return undefined;
  }

  #decide(top: Level, name: string): string {
    // other processes, and the magic links of this one, are not part of any policy
    if (top.procfs === "root" && PROCESS_DIRECTORY.test(name)) throw new Refusal(Errno.EACCES);
    const path = joinPath(top.path, name);
    this.guard.checkPass({ path, cap: top.cap });
    return path;
  }

  #followLink(text: string, rest: string[]): void {
    if (++this.#links > MAX_LINKS) throw new OsError(Errno.ELOOP);
    if (text === "") throw new OsError(Errno.ENOENT);
    if (rest.length < this.#tail) this.#tail = rest.length;
    rest.push(...splitPath(text).reverse());
    if (!text.startsWith("/")) {
      this.#restartIfJumped(rest);
      return;
    }
    this.leave();
    this.#pushRoot();
  }

  /** A jump left out the levels that `..` or `.` of a relative link needs. */
  #restartIfJumped(rest: string[]): void {
    const [bottom] = this.#levels;
    if (bottom === undefined || bottom.path === "/" || (rest.length > 0 && !rest.includes(".."))) return;
    rest.push(...splitPath(this.#top().path).reverse());
    this.leave();
    this.#pushRoot();
  }

  /** The path ended in a directory that is already open. */
  #ended(): Place {
    const top = this.#top();
    if (this.#levels.length === 1 && top.path === "/") return this.#place("", "/", top.facts, []);
    const name = top.path.slice(top.path.lastIndexOf("/") + 1);
    this.#up();
    const facts = this.disk.facts(this.#top().directory, name);
    return this.#place(name, top.path, facts, []);
  }

  #place(name: string, path: string, facts: Facts | undefined, rest: string[]): Place {
    const top = this.#top();
    const cap = facts === undefined || name === "" ? top.cap : this.#capOf(facts, path, top.cap);
    if (facts !== undefined) this.anchors.check(path, facts);
    this.#levels.pop();
    this.leave();
    const throughLink = rest.length >= this.#tail;
    const { disk } = this;
    let open = true;
    const dispose = () => {
      if (open) disk.leave(top.directory);
      open = false;
    };
    return { directory: top.directory, name, path, cap, facts, rest, throughLink, [Symbol.dispose]: dispose };
  }
}

/** Names of a path, without empty ones and `.`. */
function splitPath(path: string): string[] {
  return path.split("/").filter((name) => name !== "" && name !== ".");
}
