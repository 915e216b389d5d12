import type { SandboxContext } from "../../protocol/mod.ts";
import type { Environment } from "../environment.ts";
import type { Parameters } from "./parameters.ts";
import { ToolError } from "./tool_error.ts";

/** An environment a model may work on, as it was selected for a turn. */
export interface SelectedEnvironment {
  /** Its processes and files. */
  readonly environment: Environment;
  /** Where it works there; absolute. */
  readonly cwd: string;
  /** Permission profile of everything it does there; absent means full access. */
  readonly sandbox?: SandboxContext | undefined;
}

/** Read even where it is not offered, so that a wrong id is refused and never ignored. */
export const ENVIRONMENT: Parameters = {
  environment_id: { type: "string", description: "Environment to use." },
};

/** What a tool needs of an environment. */
export type Capability = keyof Environment["capabilities"];

/** The environments of a turn, the primary one first. */
export class SelectedEnvironments {
  /** In order. */
  readonly all: readonly SelectedEnvironment[];

  /** Takes the selection. @throws {TypeError} when an id is repeated */
  constructor(all: readonly SelectedEnvironment[]) {
    this.all = all;
    const ids = all.map(({ environment }) => environment.id);
    const repeated = ids.find((id, i) => ids.indexOf(id) !== i);
    if (repeated !== undefined) throw new TypeError(`Cannot select environment "${repeated}" twice`);
  }

  /** Whether a model chooses among several. */
  get several(): boolean {
    return this.all.length > 1;
  }

  /** Whether any of them can do something. */
  offer(capability: Capability): boolean {
    return this.all.some(({ environment }) => environment.capabilities[capability]);
  }

  /** The parameter that chooses, which exists only where there is a choice (environments, section 7.5). */
  get parameter(): Parameters {
    if (!this.several) return {};
    const ids = this.all.map(({ environment }) => environment.id);
    return {
      environment_id: {
        type: "string",
        description: `Environment to use: ${ids.map((id) => `\`${id}\``).join(", ")}. Defaults to \`${ids[0]}\`.`,
      },
    };
  }

  /**
   * The environment a call is for: the named one, or the primary one.
   *
   * @throws {ToolError} when it is not selected, or cannot do what the call needs
   */
  resolve(id: string | undefined, capability: Capability): SelectedEnvironment {
    const found = id === undefined ? this.all[0] : this.all.find(({ environment }) => environment.id === id);
    if (found === undefined && id !== undefined) throw new ToolError(`unknown turn environment id \`${id}\``);
    if (found?.environment.capabilities[capability]) return found;
    throw new ToolError(
      "No usable execution environment is available. Wait for an environment to become available before using this tool.",
    );
  }
}
