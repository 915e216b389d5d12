import type { TakenOutput } from "./head_tail_buffer.ts";

/** Bytes a token stands for. */
const TOKEN_BYTES = 4;

/** Tokens of so many bytes, rounded up. */
export function tokenCount(bytes: number): number {
  return Math.ceil(bytes / TOKEN_BYTES);
}

/**
 * The text of output for a model: whole when it fits, else its first and last half with a note between them and a
 * heading (environments, section 7.1). Bytes that are not UTF-8 become U+FFFD.
 *
 * @param maxTokens how much may be shown
 */
export function outputText(output: TakenOutput, maxTokens: number): string {
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  const { head, tail, omitted, total } = output;
  const gap = omitted === 0 ? "" : `... ${omitted} bytes omitted ...`;
  const text = omitted === 0
    ? decoder.decode(head, { stream: true }) + decoder.decode(tail)
    : `${decoder.decode(head)}\n${gap}\n${decoder.decode(tail)}`;
  const bytes = new TextEncoder().encode(text);
  const budget = maxTokens * TOKEN_BYTES;
  if (bytes.length <= budget) return text;
  const tokens = tokenCount(omitted === 0 ? bytes.length : total);
  const heading = gap === "" ? `Total output lines: ${lineCount(text)}` : gap;
  return `Warning: truncated output (original token count: ${tokens})\n${heading}\n\n${middleCut(bytes, budget)}`;
}

/** The first and last half of a budget of bytes, on character borders, with a note of what is gone. */
function middleCut(bytes: Uint8Array, budget: number): string {
  const left = Math.floor(budget / 2);
  let end = left, start = bytes.length - (budget - left);
  while (end > 0 && isContinuation(bytes[end])) end--;
  while (isContinuation(bytes[start])) start++;
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  const note = `…${tokenCount(bytes.length - budget)} tokens truncated…`;
  return decoder.decode(bytes.subarray(0, end)) + note + decoder.decode(bytes.subarray(start));
}

function isContinuation(byte: number | undefined): boolean {
  return byte !== undefined && (byte & 0xc0) === 0x80;
}

/** Lines of a text; a newline at the end begins none. */
function lineCount(text: string): number {
  const newlines = text.split("\n").length - 1;
  return text.endsWith("\n") ? newlines : newlines + 1;
}
