import type { Disk, Facts } from "./disk.ts";
import { type Guard, parentOf, parentsOf } from "./guard.ts";
import type { CarriedObjects } from "./memory.ts";

/** The objects a helper was built on are no longer what their paths lead to: it takes a new helper. */
export class StaleHelper extends Error {}

/** Knows what the entries of the policy stood for when the helper started, and what they stand for by now. */
export class Anchors {
  readonly #guard: Guard;
  /** Identity of what each path led to that needs a rule of its own; undefined for nothing. */
  readonly #granted = new Map<string, string | undefined>();
  /** Denied and read-only entries that could be moved. */
  readonly #movable = new Map<string, "none" | "read">();
  #pass: Iterator<string> | undefined;

  /** Sorts the entries of a policy by what can happen to them. */
  constructor(guard: Guard) {
    this.#guard = guard;
    for (const { path } of guard.policy.entries) {
      const access = guard.entry(path);
      const belowWritable = parentsOf(path).some((parent) => guard.entry(parent) === "write");
      if (access === "deny") this.#movable.set(path, "none");
      else if (access === "read" && belowWritable) this.#movable.set(path, "read");
    }
  }

  /** Grants that are not contained in another one. */
  rules(): { readonly path: string; readonly access: "read" | "write" }[] {
    const { fullRead, fullWrite } = this.#guard.policy;
    const above = (path: string) => parentsOf(path).map((parent) => this.#guard.entry(parent));
    const rules = this.#guard.granted.map((path) => ({ path, access: this.#guard.entry(path) as "read" | "write" }))
      .filter(({ path, access }) => !above(path).some((other) => other === "write" || other === access));
    return fullRead || fullWrite ? [...rules, { path: "/", access: fullWrite ? "write" : "read" }] : rules;
  }

  /** Says what the path of a rule led to at the start. */
  found(path: string, facts: Facts | undefined): void {
    this.#granted.set(path, facts?.identity);
  }

  /** Compares a granted path with what it led to at the start. @throws {StaleHelper} when that is something else */
  check(path: string, facts: Facts): void {
    if (path !== "/" && this.#granted.has(path) && this.#granted.get(path) !== facts.identity) throw new StaleHelper();
  }

  /** Remembers what a denied or read-only entry stands for, when this is one. */
  learn(path: string, facts: Facts, carried: CarriedObjects): void {
    const access = this.#movable.get(path);
    if (access !== undefined) carried.learn(facts, path, access);
  }

  /**
   * Where a walk may start: at the outermost grant on the way, since nothing above it can be moved by anyone the policy
   * holds, or right above the end when the root alone grants it.
   */
  jumpFor(path: string): string {
    const parents = parentsOf(path);
    if (this.#guard.entry("/") === "write") return "/";
    return parents.find((parent) => parent !== "/" && isGrant(this.#guard.entry(parent))) ?? parentOf(path);
  }

  /**
   * Looks at some movable entries, without deciding anything; the next call goes on with others.
   *
   * @returns whether all were looked at since this was last true
   */
  refresh(disk: Disk, carried: CarriedObjects, count: number): boolean {
    this.#pass ??= this.#movable.keys();
    for (let i = 0; i < count; i++) {
      const { value: path, done } = this.#pass.next();
      if (done) {
        this.#pass = undefined;
        return true;
      }
      const facts = lookUp(disk, path);
      if (facts !== undefined) this.learn(path, facts, carried);
    }
    return false;
  }
}

/** Facts of a canonical path; undefined when it is missing, or a link is on the way. */
export function lookUp(disk: Disk, path: string): Facts | undefined {
  const directory = disk.jump(parentOf(path));
  if (directory === undefined) return undefined;
  try {
    const facts = disk.facts(directory, path === "/" ? "" : path.slice(path.lastIndexOf("/") + 1));
    return facts?.identity === "" ? undefined : facts;
  } catch {
    return undefined;
  } finally {
    disk.leave(directory);
  }
}

function isGrant(access: "read" | "write" | "deny" | undefined): boolean {
  return access === "read" || access === "write";
}
