import { LIMITS } from "../../protocol/limits.ts";
import type { Access } from "../policy.ts";
import type { Facts } from "./disk.ts";

/** An object that the policy denies or keeps read-only, by its own identity. */
export interface Memory {
  readonly identity: string;
  readonly inodeLow: number;
  /** Where it was seen. */
  readonly path: string;
  readonly access: "none" | "read";
}

/**
 * Remembers the objects that denied and read-only entries stood for, so that they stay denied or read-only when a
 * directory above them is renamed, or when they get another name.
 */
export class CarriedObjects {
  readonly #byIdentity = new Map<string, Memory>();
  readonly #inodes = new Set<number>();
  readonly #learned: (memory: Memory) => void;

  /** Begins with what earlier helpers learned. @param learned is told about each new object */
  constructor(known: readonly Memory[], learned: (memory: Memory) => void) {
    this.#learned = () => {};
    for (const memory of known) this.#add(memory);
    this.#learned = learned;
  }

  /** How much is left of what a path grants, for an object found there. */
  capOf(facts: Facts, path: string): Access {
    if (!this.#inodes.has(facts.inodeLow)) return "write";
    const memory = this.#byIdentity.get(facts.identity);
    return memory === undefined || memory.path === path ? "write" : memory.access;
  }

  /** Remembers what an entry of the policy stands for by now. */
  learn(facts: Facts, path: string, access: "none" | "read"): void {
    if (this.#inodes.has(facts.inodeLow) && this.#byIdentity.has(facts.identity)) return;
    this.#add({ identity: facts.identity, inodeLow: facts.inodeLow, path, access });
  }

  #add(memory: Memory): void {
    // the oldest ones go: their objects are most likely gone, too
    if (this.#byIdentity.size >= LIMITS.maxCarriedObjects) {
      const [oldest] = this.#byIdentity.keys();
      this.#byIdentity.delete(oldest as string);
    }
    this.#byIdentity.set(memory.identity, memory);
    this.#inodes.add(memory.inodeLow);
    this.#learned(memory);
  }
}
