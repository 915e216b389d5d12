import type { Environment } from "../environment.ts";
import type { DefaultSelection } from "./default_selection.ts";

/** What a provider knows at one moment. */
export interface EnvironmentsSnapshot {
  /** Remote environments, in the order they are offered. */
  readonly environments: readonly Environment[];
  /** Which one new threads start with. */
  readonly defaultSelection: DefaultSelection;
  /** Whether this machine is offered as `local`, before the others. */
  readonly includeLocal: boolean;
}

/**
 * Where environments come from. It returns remote ones only; the manager makes `local` itself.
 *
 * Source: environments, section 3.1.
 */
export interface EnvironmentProvider {
  /** Reads the environments. @throws {EnvironmentError} when they are configured wrongly */
  snapshot(): EnvironmentsSnapshot | Promise<EnvironmentsSnapshot>;
}

/** The same snapshot without this machine; a default of `local` becomes none. */
export function withoutLocal(snapshot: EnvironmentsSnapshot): EnvironmentsSnapshot {
  const { defaultSelection } = snapshot;
  const wasLocal = defaultSelection.kind === "environment" && defaultSelection.id === "local";
  return {
    ...snapshot,
    includeLocal: false,
    defaultSelection: wasLocal ? { kind: "disabled" } : defaultSelection,
  };
}
