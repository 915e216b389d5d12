import { LIMITS } from "../../protocol/mod.ts";
import { findWatchPoints } from "./watch_points.ts";

const ARM_ATTEMPTS = 10;

/** What `fs/watchMissing` asks for, with native paths. */
export interface WatchRequest {
  /** Must be higher than any accepted before. */
  readonly watchId: number;
  /** Paths that do not exist. */
  readonly missing: readonly string[];
  /** A path that exists. */
  readonly present?: string | null | undefined;
}

/**
 * The one watch of a connection: it reports once that a missing path, or a missing directory on the way to it, appeared,
 * or that the present path was modified or removed. If it can no longer watch, it reports too, so that the client looks.
 *
 * Source: exec-server protocol, section 9.14.
 */
export class MissingWatch {
  readonly #changed: (watchId: number) => void;
  #highestId = -1;
  #current: Watch | undefined;
  #ended = false;

  /** @param changed is called with the watch id, at most once for each accepted watch */
  constructor(changed: (watchId: number) => void) {
    this.#changed = changed;
  }

  /** Replaces the watch. @returns whether it watches now */
  async watch(request: WatchRequest): Promise<boolean> {
    if (this.#ended || request.watchId <= this.#highestId) return false;
    this.#highestId = request.watchId;
    this.#current?.close();
    this.#current = undefined;
    if (request.missing.length === 0 || request.missing.length > LIMITS.maxWatchedPaths) return false;
    const watch = new Watch(request, () => this.#changed(request.watchId));
    this.#current = watch;
    return await watch.start();
  }

  /** Ends the watch without a report. */
  close(): void {
    this.#ended = true;
    this.#current?.close();
  }
}

interface Situation {
  readonly directories: ReadonlyMap<string, string>;
  readonly names: ReadonlySet<string>;
  /** For each missing path the first component that does not exist; undefined when it exists by now. */
  readonly firstMissing: readonly (string | undefined)[];
  /** Where the present path leads; undefined when it is gone. */
  readonly present: string | undefined;
}

class Watch {
  readonly #request: WatchRequest;
  readonly #changed: () => void;
  #watcher: Deno.FsWatcher | undefined;
  #situation: Situation | undefined;
  #closed = false;

  constructor(request: WatchRequest, changed: () => void) {
    this.#request = request;
    this.#changed = changed;
  }

  /** @returns false when there is nothing to wait for, or no way to */
  async start(): Promise<boolean> {
    const situation = await this.#arm();
    if (situation === undefined || !holds(situation, this.#request)) {
      this.close();
      return false;
    }
    this.#situation = situation;
    this.#follow();
    return true;
  }

  close(): void {
    this.#closed = true;
    this.#disarm();
  }

  /** Watches first and looks again then, until both agree: so nothing can happen unseen in between. */
  async #arm(): Promise<Situation | undefined> {
    let before = await look(this.#request);
    for (let attempt = 0; attempt < ARM_ATTEMPTS && !this.#closed; attempt++) {
      this.#disarm();
      try {
        this.#watcher = Deno.watchFs([...before.directories.keys()], { recursive: false });
      } catch (error) {
        if (!(error instanceof Deno.errors.NotFound)) return undefined;
      }
      const after = await look(this.#request);
      if (this.#closed) break;
      if (this.#watcher !== undefined && sameDirectories(before, after)) return after;
      before = after;
    }
    this.#disarm();
    return undefined;
  }

  #disarm(): void {
    this.#watcher?.close();
    this.#watcher = undefined;
  }

  /** Never rejects. */
  async #follow(): Promise<void> {
    for (;;) {
      const old = this.#situation;
      const news = await this.#news(old);
      if (this.#closed) return;
      const now = news === "look" ? await this.#arm() : undefined;
      if (this.#closed) return;
      if (old === undefined || now === undefined || !holds(now, this.#request) || appeared(old, now)) {
        this.close();
        this.#changed();
        return;
      }
      this.#situation = now;
    }
  }

  /** Waits for an event that decides, or that calls for another look. */
  async #news(situation: Situation | undefined): Promise<"changed" | "look"> {
    if (situation === undefined || this.#watcher === undefined) return "look";
    try {
      for await (const event of this.#watcher) {
        if (event.kind === "access") continue;
        if (decides(event, situation)) return "changed";
        if (concerns(event, situation)) return "look";
      }
    } catch {
      // no longer able to watch: look again
    }
    return "look";
  }
}

async function look(request: WatchRequest): Promise<Situation> {
  const points = await Promise.all(request.missing.map((path) => findWatchPoints(path, false)));
  const present = request.present ? await findWatchPoints(request.present, true) : undefined;
  const directories = new Map<string, string>();
  const names = new Set<string>();
  for (const point of present === undefined ? points : [...points, present]) {
    for (const [path, identity] of point.directories) directories.set(path, identity);
    for (const name of point.names) names.add(name);
  }
  const end = present?.missing === undefined ? present?.end : undefined;
  if (end !== undefined) await watchInside(end, directories);
  return { directories, names, firstMissing: points.map(({ missing }) => missing), present: end };
}

/** Names that come and go in a present directory show only in the directory itself. */
async function watchInside(path: string, directories: Map<string, string>): Promise<void> {
  const info = await Deno.stat(path).catch(() => undefined);
  if (info?.isDirectory) directories.set(path, `${info.dev}:${info.ino}`);
}

function holds(situation: Situation, request: WatchRequest): boolean {
  if (request.present && situation.present === undefined) return false;
  return situation.firstMissing.every((path) => path !== undefined);
}

/** Something that was missing is there; that more is missing than before is no news. */
function appeared(old: Situation, now: Situation): boolean {
  return now.firstMissing.some((path, i) => {
    const before = old.firstMissing[i];
    return path !== before && !before?.startsWith(`${path}/`);
  });
}

function sameDirectories(a: Situation, b: Situation): boolean {
  if (a.directories.size !== b.directories.size) return false;
  for (const [path, identity] of a.directories) if (b.directories.get(path) !== identity) return false;
  return true;
}

function decides(event: Deno.FsEvent, { firstMissing, present }: Situation): boolean {
  return event.paths.some((path) => {
    // Deno calls the creation of something that leads nowhere, or is gone by now, a removal; it was there all the same
    if (firstMissing.includes(path)) return true;
    if (present === undefined) return false;
    return path === present || (event.kind !== "modify" && path.slice(0, path.lastIndexOf("/")) === present);
  });
}

function concerns(event: Deno.FsEvent, { names }: Situation): boolean {
  if (event.paths.length === 0 || event.flag === "rescan") return true;
  return event.paths.some((path) => names.has(path));
}
