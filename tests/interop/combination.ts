/** How the codex CLI is told about the executor. */
export type Placement = "ws env" | "ws toml" | "stdio";

/** One codex version and one way to reach our server. */
export interface Combination {
  readonly version: string;
  readonly placement: Placement;
}

/** What is tested; codex 0.130.0 does not read `environments.toml`. */
export const COMBINATIONS: readonly Combination[] = [
  { version: "0.130.0", placement: "ws env" },
  { version: "0.131.0", placement: "ws toml" },
  { version: "0.131.0", placement: "stdio" },
  { version: "0.169.0", placement: "ws env" },
  { version: "0.169.0", placement: "ws toml" },
  { version: "0.169.0", placement: "stdio" },
];

/** One scenario of one combination. */
export interface ScenarioResult {
  readonly name: string;
  readonly verdict: "pass" | "fail" | "skip";
  readonly detail: string;
}
