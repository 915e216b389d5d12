import { ErrorCode, RpcError } from "../../../protocol/mod.ts";
import { decodeArguments } from "../decode_arguments.ts";
import { objectSchema, type Parameters } from "../parameters.ts";
import { textResult, type Tool, type ToolCallOptions, type ToolDefinition, type ToolResult } from "../tool.ts";
import { ToolError } from "../tool_error.ts";
import { execAnswer } from "./exec_answer.ts";
import type { ExecSettings } from "./exec_command.ts";
import type { ToolProcess } from "./tool_process.ts";
import { clampPollYield, clampYield, DEFAULT_INPUT_YIELD_MS } from "./yield_time.ts";

/** What a program gets to react to input; the time is not counted. */
const REACTION_MS = 100;
const INTERRUPT = "\u0003";

const PARAMETERS: Parameters = {
  session_id: { type: "i32", required: true, description: "Session of a command that is still running." },
  chars: { type: "string", description: "What to type into it; nothing, the default, only waits for output." },
  yield_time_ms: {
    type: "u64",
    description: "How long to wait for output: with input 250 to 30000 ms, 250 by default; without, at least 5000 ms.",
  },
  max_output_tokens: { type: "usize", description: "Tokens of output to return. Default: 10000; may be capped." },
};

interface WriteArguments {
  readonly session_id: number;
  readonly chars?: string;
  readonly yield_time_ms?: number;
  readonly max_output_tokens?: number;
}

/** Types into a running command, or waits for more of its output (environments, section 7.1). */
export class WriteStdinTool implements Tool {
  readonly definition: ToolDefinition = {
    name: "write_stdin",
    description: "Types into a running command, or only waits for more of its output.",
    parameters: objectSchema(PARAMETERS),
    readOnly: false,
  };
  readonly #settings: ExecSettings;

  /** Works on the processes that {@linkcode ExecSettings} keeps. */
  constructor(settings: ExecSettings) {
    this.#settings = settings;
  }

  async call(input: string, { signal }: ToolCallOptions = {}): Promise<ToolResult> {
    const args = decodeArguments(input, PARAMETERS) as unknown as WriteArguments;
    const { processes, maxOutputTokens, maxPollMs } = this.#settings;
    const id = args.session_id, chars = args.chars ?? "";
    const process = processes.use(id);
    if (process === undefined) throw new ToolError(`write_stdin failed: Unknown process id ${id}`);
    if (chars !== "" && !process.ended) await type(process, chars, signal);
    const started = performance.now();
    const asked = args.yield_time_ms ?? DEFAULT_INPUT_YIELD_MS;
    const output = await process.collect(chars === "" ? clampPollYield(asked, maxPollMs) : clampYield(asked), signal);
    const wallSeconds = (performance.now() - started) / 1000;
    if (process.ended) processes.remove(id);
    if (process.failure !== undefined) throw failure(process.failure);
    const state = process.exitCode === undefined ? { sessionId: id } : { exitCode: process.exitCode };
    const maxTokens = Math.min(args.max_output_tokens ?? maxOutputTokens, maxOutputTokens);
    return textResult(execAnswer({ wallSeconds, state, output }, maxTokens));
  }
}

async function type(process: ToolProcess, chars: string, signal: AbortSignal | undefined): Promise<void> {
  if (!process.tty && chars !== INTERRUPT) throw stdinClosed();
  try {
    await (process.tty ? process.write(chars) : process.interrupt());
  } catch (error) {
    // executors of 0.130 send no signals
    if (error instanceof RpcError && error.code === ErrorCode.MethodNotFound) throw stdinClosed();
    // an end that comes in between is told by the exit code
    if (!process.ended) throw failure((error as Error).message);
  }
  await process.waitForExit(REACTION_MS, signal);
}

function stdinClosed(): ToolError {
  return new ToolError(
    "write_stdin failed: stdin is closed for this session; rerun exec_command with tty=true to keep stdin open",
  );
}

function failure(reason: string): ToolError {
  return new ToolError(`write_stdin failed: Unified exec process failed: ${reason}`);
}
