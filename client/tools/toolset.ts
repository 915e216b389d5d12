import type { EnvPolicy } from "../../protocol/mod.ts";
import { Approvals, type Approver } from "./approvals.ts";
import { DEFAULT_ENV_POLICY } from "./exec/child_environment.ts";
import { ExecCommandTool, type ExecSettings } from "./exec/exec_command.ts";
import { ProcessStore } from "./exec/process_store.ts";
import { WriteStdinTool } from "./exec/write_stdin.ts";
import { DEFAULT_MAX_POLL_MS } from "./exec/yield_time.ts";
import { ViewImageTool } from "./image/view_image.ts";
import { ListDirTool } from "./list_dir.ts";
import { ApplyPatchTool } from "./patch/apply_patch_tool.ts";
import { type SelectedEnvironment, SelectedEnvironments } from "./selected_environments.ts";
import { textResult, type Tool, type ToolCallOptions, type ToolDefinition, type ToolResult } from "./tool.ts";
import { ToolError } from "./tool_error.ts";

/** Tokens of output a model takes at most. */
const DEFAULT_MAX_OUTPUT_TOKENS = 10_000;

/** What a model may do. */
export interface ToolsetOptions {
  /** Where, the primary environment first. They are not closed with the tools. */
  readonly environments: readonly SelectedEnvironment[];
  /** Who is asked for what goes beyond the profiles; absent means that it is refused. */
  readonly approver?: Approver | undefined;
  /** Tokens of output a call returns at most; default 10000. */
  readonly maxOutputTokens?: number | undefined;
  /** How commands get their variables from the executor's; default all of them. */
  readonly envPolicy?: EnvPolicy | undefined;
  /** Name of the conversation, for programs that ask. */
  readonly threadId?: string | undefined;
  /** The longest wait of an empty write_stdin; default 300 s. */
  readonly maxPollMs?: number | undefined;
  /** Whether apply_patch takes plain text, as models that are held to a grammar do; default true. */
  readonly freeformPatch?: boolean | undefined;
}

/**
 * The tools of a model over the environments that were selected for it (environments, section 7). There are only those
 * that some environment can serve.
 *
 * @example
 * ```ts ignore
 * await using tools = new Toolset({ environments: [{ environment, cwd: "/home/me/project" }] });
 * const { content } = await tools.call("exec_command", JSON.stringify({ cmd: "ls" }));
 * ```
 */
export class Toolset implements AsyncDisposable {
  readonly #tools: ReadonlyMap<string, Tool>;
  readonly #processes = new ProcessStore();

  /** Nothing is connected or started yet. @throws {TypeError} when an environment is selected twice */
  constructor(options: ToolsetOptions) {
    const environments = new SelectedEnvironments(options.environments);
    const approvals = new Approvals(options.approver);
    const exec: ExecSettings = {
      environments,
      approvals,
      processes: this.#processes,
      maxOutputTokens: options.maxOutputTokens ?? DEFAULT_MAX_OUTPUT_TOKENS,
      envPolicy: options.envPolicy ?? DEFAULT_ENV_POLICY,
      threadId: options.threadId,
      maxPollMs: options.maxPollMs ?? DEFAULT_MAX_POLL_MS,
    };
    const tools = [
      ...environments.offer("exec") ? [new ExecCommandTool(exec), new WriteStdinTool(exec)] : [],
      ...environments.offer("filesystem")
        ? [
          new ApplyPatchTool({ environments, approvals, freeform: options.freeformPatch ?? true }),
          new ViewImageTool(environments),
          new ListDirTool(environments),
        ]
        : [],
    ];
    this.#tools = new Map(tools.map((tool) => [tool.definition.name, tool]));
  }

  /** How the tools are offered. */
  get definitions(): ToolDefinition[] {
    return Array.from(this.#tools.values(), ({ definition }) => definition);
  }

  /**
   * Calls a tool. What goes wrong is an answer too, for the model to read.
   *
   * @param input JSON arguments, or the text of a free-form tool
   */
  async call(name: string, input: string, options: ToolCallOptions = {}): Promise<ToolResult> {
    const tool = this.#tools.get(name);
    if (tool === undefined) return textResult(`unsupported call: ${name}`, true);
    try {
      return await tool.call(input, options);
    } catch (error) {
      if (error instanceof ToolError) return textResult(error.message, true);
      throw error;
    }
  }

  /** Ends the processes that are still running. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#processes[Symbol.asyncDispose]();
  }
}
