import { internalError, invalidRequest } from "../../../protocol/errors.ts";
import { TEXTS } from "../../../protocol/texts.ts";
import { Errno } from "../../posix/errno.ts";
import { isErrno, OsError, Refusal } from "../../posix/os_error.ts";
import { lookUp } from "../anchors.ts";
import type { Directory, Entry } from "../disk.ts";
import { requirePresent } from "../files.ts";
import { joinPath, type Spot } from "../guard.ts";
import type { OperationContext, Parameters, Steps } from "../operation.ts";
import type { Place } from "../walker.ts";

const NAMES_AT_ONCE = 100;

/** Removes a file, a link itself, or a directory with all that is in it. */
export function* remove(parameters: Parameters, context: OperationContext): Steps {
  const { path, recursive, force, follow } = parameters;
  if (follow === false && recursive !== false) throw internalError(TEXTS.recursiveNoFollow);
  try {
    using place = context.walker.resolve(path, follow === false ? "never" : "parents");
    const { facts } = requirePresent(place);
    if (follow === false && facts.kind === "link") throw invalidRequest(TEXTS.containsSymlink);
    context.guard.checkRemove(place);
    // what a policy entry stands for may not go, and nothing is removed before that is known
    for (const entry of context.guard.reservedBelow(place.path)) {
      if (lookUp(context.walker.disk, entry) !== undefined) throw new Refusal(Errno.EBUSY);
    }
    if (facts.kind === "directory" && recursive !== false) yield* new TreeRemoval(context).run(place);
    else context.walker.disk.remove(place.directory, place.name, facts.kind === "directory");
  } catch (error) {
    if (force === false || !isErrno(error, Errno.ENOENT)) throw error;
  }
  return {};
}

interface Level extends Spot {
  readonly directory: Directory;
  readonly names: Iterator<Entry>;
  /** The name in the level above. */
  readonly name: string;
}

/** Removes a tree on descriptors, so that a swapped directory or link leads nowhere else. */
class TreeRemoval {
  readonly #context: OperationContext;
  readonly #levels: Level[] = [];

  constructor(context: OperationContext) {
    this.#context = context;
  }

  *run(place: Place): Generator<void, void, void> {
    const { disk } = this.#context.walker;
    try {
      this.#enter(place.directory, place.name, place);
      for (let count = 1;; count++) {
        const level = this.#levels.at(-1) as Level;
        const next = level.names.next();
        if (next.done) {
          this.#leave();
          disk.remove(this.#levels.at(-1)?.directory ?? place.directory, level.name, true);
          if (this.#levels.length === 0) return;
        } else this.#remove(level, next.value);
        if (count % NAMES_AT_ONCE === 0) yield;
      }
    } finally {
      while (this.#levels.length > 0) this.#leave();
    }
  }

  #remove(level: Level, { name }: Entry): void {
    const { walker, guard } = this.#context;
    const facts = walker.disk.facts(level.directory, name);
    if (facts === undefined) return;
    const spot = walker.describe(facts, { path: joinPath(level.path, name), cap: level.cap });
    guard.checkWrite(spot);
    try {
      if (facts.kind === "directory") this.#enter(level.directory, name, spot);
      else walker.disk.remove(level.directory, name, false);
    } catch (error) {
      // somebody else was quicker
      if (!isErrno(error, Errno.ENOENT)) throw error;
    }
  }

  #enter(parent: Directory, name: string, { path }: Spot & { readonly cap: unknown }): void {
    const { walker, guard } = this.#context;
    const directory = walker.disk.enter(parent, name);
    try {
      const facts = walker.disk.facts(directory, "");
      if (facts === undefined) throw new OsError(Errno.ENOENT);
      const spot = walker.describe(facts, { path, cap: this.#levels.at(-1)?.cap ?? "write" });
      guard.checkWrite(spot);
      const names = [...walker.disk.list(directory, "")][Symbol.iterator]();
      this.#levels.push({ ...spot, directory, names, name });
    } catch (error) {
      walker.disk.leave(directory);
      throw error;
    }
  }

  #leave(): void {
    const level = this.#levels.pop();
    if (level !== undefined) this.#context.walker.disk.leave(level.directory);
  }
}
