import type { TestArea } from "./test_area.ts";

/**
 * How a check ended: `ok` it was tried and holds; `missing` this host has it not, and what needs it is refused; `failed`
 * it was tried and does not do what it should; `info` a fact that is neither good nor bad.
 */
export type FindingStatus = "ok" | "missing" | "failed" | "info";

/** What one check found. */
export interface Finding {
  /** Short name, stable for programs that read the JSON. */
  readonly name: string;
  readonly status: FindingStatus;
  /** What was found. */
  readonly detail: string;
  /** What to install or to change. */
  readonly advice?: string;
}

/** One check. */
export interface Check {
  readonly name: string;
  /** What it looks at, for people. */
  readonly title: string;
  /** Whether it can run where not even a server can be made; it gets no area then. */
  readonly needsNothing?: boolean;
  /** Tries it. What it throws is a failure. */
  run(area: TestArea): Promise<Omit<Finding, "name">>;
}
