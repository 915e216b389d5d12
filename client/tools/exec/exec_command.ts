import { type EnvPolicy, LIMITS, type ProcessHandle, RpcError } from "../../../protocol/mod.ts";
import { runPatchText } from "../patch/run_patch_text.ts";
import { type InterceptedPatch, interceptPatch } from "../patch/intercept_patch.ts";
import type { Approvals } from "../approvals.ts";
import { decodeArguments } from "../decode_arguments.ts";
import { objectSchema, type Parameters } from "../parameters.ts";
import { joinPath, resolveToolPath } from "../resolve_path.ts";
import { ENVIRONMENT, type SelectedEnvironment, type SelectedEnvironments } from "../selected_environments.ts";
import { textResult, type Tool, type ToolCallOptions, type ToolDefinition, type ToolResult } from "../tool.ts";
import { ToolError } from "../tool_error.ts";
import { childEnvironment } from "./child_environment.ts";
import { commandLine } from "./command_line.ts";
import { execAnswer } from "./exec_answer.ts";
import type { ProcessStore } from "./process_store.ts";
import { ToolProcess } from "./tool_process.ts";
import { clampYield, DEFAULT_EXEC_YIELD_MS } from "./yield_time.ts";

/** A command that ends by then was never in the background; the time is not counted. */
const EARLY_EXIT_MS = 150;

const PARAMETERS: Parameters = {
  cmd: { type: "string", required: true, description: "Shell command to run." },
  workdir: { type: "string", description: "Directory to run it in, relative to the working directory. Default: that." },
  shell: { type: "string", description: "Shell to run it with. Default: the environment's." },
  tty: { type: "boolean", description: "Run it on a terminal, which keeps its input open. Default: false." },
  login: { type: "boolean", description: "Run the shell as a login shell. Default: true." },
  yield_time_ms: {
    type: "u64",
    description:
      "How long to wait for output, 250 to 30000 ms. Default: 10000. A command that runs longer goes on in a " +
      "session, for write_stdin.",
  },
  max_output_tokens: { type: "usize", description: "Tokens of output to return. Default: 10000; may be capped." },
};

const ESCALATION: Parameters = {
  sandbox_permissions: {
    type: "string",
    choices: ["use_default", "require_escalated"],
    description: "`require_escalated` asks to run it without the sandbox. Default: `use_default`.",
  },
  justification: { type: "string", description: "With `require_escalated`: the question to the person who approves." },
  prefix_rule: {
    type: "strings",
    description: "With `require_escalated`: a prefix of `cmd` that could be approved for later too.",
  },
};

/** What the tools of a conversation share. */
export interface ExecSettings {
  /** Where commands run. */
  readonly environments: SelectedEnvironments;
  /** Processes that run on. */
  readonly processes: ProcessStore;
  /** Who is asked. */
  readonly approvals: Approvals;
  /** Tokens a model takes at most. */
  readonly maxOutputTokens: number;
  /** How commands get their variables. */
  readonly envPolicy: EnvPolicy;
  /** Name of the conversation. */
  readonly threadId: string | undefined;
  /** The longest wait of a poll, ms. */
  readonly maxPollMs: number;
}

interface ExecArguments {
  readonly cmd: string;
  readonly workdir?: string;
  readonly shell?: string;
  readonly tty?: boolean;
  readonly login?: boolean;
  readonly yield_time_ms?: number;
  readonly max_output_tokens?: number;
  readonly sandbox_permissions?: string;
  readonly justification?: string;
  readonly prefix_rule?: readonly string[];
  readonly environment_id?: string;
}

/** Runs a command, and lets it run on in a session (environments, section 7.1). */
export class ExecCommandTool implements Tool {
  readonly definition: ToolDefinition;
  readonly #settings: ExecSettings;

  /** Describes itself for the environments. */
  constructor(settings: ExecSettings) {
    this.#settings = settings;
    this.definition = {
      name: "exec_command",
      description: "Runs a shell command and returns its output, or a session id when it is still running.",
      parameters: objectSchema({
        ...PARAMETERS,
        ...settings.approvals.possible ? ESCALATION : {},
        ...settings.environments.parameter,
      }),
      readOnly: false,
    };
  }

  async call(input: string, options: ToolCallOptions = {}): Promise<ToolResult> {
    const args = decodeArguments(input, { ...PARAMETERS, ...ESCALATION, ...ENVIRONMENT }) as unknown as ExecArguments;
    const selected = this.#settings.environments.resolve(args.environment_id, "exec");
    const found = interceptPatch(args.cmd);
    if (found !== undefined && selected.environment.capabilities.filesystem) return this.#patch(found, args);
    return await this.#run(args, selected, options);
  }

  /** Applies a here-document for apply_patch through the files of the environment instead of a shell. */
  async #patch(found: InterceptedPatch, { workdir, environment_id }: ExecArguments): Promise<ToolResult> {
    if (found.kind === "bare") {
      throw new ToolError(
        "apply_patch verification failed: patch detected without explicit call to apply_patch. " +
          'Rerun as ["apply_patch", "<patch>"]',
      );
    }
    const started = performance.now();
    const directory = joinPath(workdir || ".", found.directory ?? ".");
    const answer = await runPatchText(found.text, this.#settings, { environmentId: environment_id, directory });
    const seconds = (performance.now() - started) / 1000;
    return textResult(`Wall time: ${seconds.toFixed(4)} seconds\nOutput:\n${answer.text}`, !answer.success);
  }

  async #run(
    args: ExecArguments,
    selected: SelectedEnvironment,
    { signal }: ToolCallOptions,
  ): Promise<ToolResult> {
    const { processes, maxOutputTokens } = this.#settings;
    const process = await this.#start(args, selected);
    await process.waitForExit(EARLY_EXIT_MS, signal);
    const started = performance.now();
    const output = await process.collect(clampYield(args.yield_time_ms ?? DEFAULT_EXEC_YIELD_MS), signal);
    const wallSeconds = (performance.now() - started) / 1000;
    if (process.failure !== undefined) {
      processes.end(process);
      throw new ToolError(`exec_command failed: ProcessFailed { message: ${JSON.stringify(process.failure)} }`);
    }
    const { exitCode } = process;
    if (exitCode !== undefined) processes.end(process);
    const state = exitCode === undefined ? { sessionId: processes.add(process) } : { exitCode };
    const maxTokens = Math.min(args.max_output_tokens ?? maxOutputTokens, maxOutputTokens);
    return textResult(execAnswer({ wallSeconds, state, output }, maxTokens));
  }

  async #start(args: ExecArguments, selected: SelectedEnvironment): Promise<ToolProcess> {
    const cwd = resolveToolPath(selected.cwd, args.workdir || ".");
    const { envPolicy, threadId, approvals } = this.#settings;
    const { environment, sandbox } = selected;
    const tty = args.tty ?? false;
    const sandboxPermissions = args.sandbox_permissions ?? "use_default";
    const argv = await commandLine(selected, args.cmd, { shell: args.shell, login: args.login ?? true });
    const rejection = await approvals.command(
      { environmentId: environment.id, command: argv, cwd, tty, sandboxPermissions },
      { justification: args.justification, prefixRule: args.prefix_rule },
    );
    if (rejection !== undefined) throw new ToolError(rejection);
    let handle: ProcessHandle;
    try {
      handle = await environment.exec.start({
        argv,
        cwd,
        tty,
        env: childEnvironment(threadId),
        envPolicy,
        ...tty ? { rows: LIMITS.defaultTtyRows, cols: LIMITS.defaultTtyCols } : {},
        // approved: outside the sandbox
        sandbox: sandboxPermissions === "require_escalated" ? undefined : sandbox,
      });
    } catch (error) {
      const cause = JSON.stringify(
        `Failed to create unified exec process: ${startFailure(error, environment.isRemote)}`,
      );
      throw new ToolError(`exec_command failed: CreateProcess { message: ${JSON.stringify(`Rejected(${cause})`)} }`);
    }
    return new ToolProcess(handle, tty);
  }
}

/** Why a start failed; what a server refused says so. */
function startFailure(error: unknown, isRemote: boolean): string {
  const { message } = error as Error;
  return isRemote && error instanceof RpcError ? `exec-server rejected request (${error.code}): ${message}` : message;
}
