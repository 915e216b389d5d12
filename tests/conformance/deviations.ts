import type { Expectation } from "./compare.ts";
import { exists } from "../support/exists.ts";
import type { Generation } from "./golden.ts";
import { loadSteps, saveSteps } from "./step.ts";

/** A step in which our server answers differently from the original on purpose. */
export interface Deviation {
  readonly file: string;
  /** Index of the step in the file, from 0. */
  readonly step: number;
  /** Why; the decisions are in ARCHITECTURE.md. */
  readonly reason: string;
  /** What our server answers instead. */
  readonly want: Expectation;
}

/** The deviations from one generation. */
export class Deviations {
  readonly #items: Deviation[];

  private constructor(items: Deviation[]) {
    this.#items = items;
  }

  /** Reads the list beside this file; there may be none. */
  static async load(generation: Generation): Promise<Deviations> {
    const file = fileOf(generation);
    return new Deviations(exists(file) ? await loadSteps(file) as unknown as Deviation[] : []);
  }

  /** The deviation of a step. */
  find(file: string, step: number): Deviation | undefined {
    return this.#items.find((item) => item.file === file && item.step === step);
  }

  /** All deviations of a file. */
  ofFile(file: string): Deviation[] {
    return this.#items.filter((item) => item.file === file);
  }

  /** Files the list is about. */
  get files(): Set<string> {
    return new Set(this.#items.map(({ file }) => file));
  }

  /** Replaces the list of a generation. */
  static save(generation: Generation, items: readonly Deviation[]): Promise<void> {
    return saveSteps(fileOf(generation), items);
  }
}

function fileOf(generation: Generation): URL {
  return new URL(`deviations_${generation}.json`, import.meta.url);
}
