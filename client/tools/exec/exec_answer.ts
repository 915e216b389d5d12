import type { TakenOutput } from "./head_tail_buffer.ts";
import { outputText, tokenCount } from "./output_text.ts";

/** What a call found out about a process. */
export interface ExecReport {
  /** How long the call waited. */
  readonly wallSeconds: number;
  /** How it ended, or under which id it runs on. */
  readonly state: { readonly exitCode: number } | { readonly sessionId: number };
  /** What it wrote since the call before. */
  readonly output: TakenOutput;
}

/** The answer of exec_command and write_stdin, byte for byte as Codex 0.169.0 gives it (environments, section 7.1). */
export function execAnswer({ wallSeconds, state, output }: ExecReport, maxTokens: number): string {
  const stateLine = "exitCode" in state
    ? `Process exited with code ${state.exitCode}`
    : `Process running with session ID ${state.sessionId}`;
  return [
    `Chunk ID: ${crypto.getRandomValues(new Uint8Array(3)).toHex()}`,
    `Wall time: ${wallSeconds.toFixed(4)} seconds`,
    stateLine,
    `Original token count: ${tokenCount(output.total)}`,
    "Output:",
    outputText(output, maxTokens),
  ].join("\n");
}
