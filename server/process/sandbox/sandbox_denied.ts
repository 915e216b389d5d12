import type { OutputLog } from "../output_log.ts";

const PHRASES = [
  "operation not permitted",
  "permission denied",
  "read-only file system",
  "seccomp",
  "sandbox",
  "landlock",
  "failed to write file",
];
/** Exit codes of shells for wrong usage, a program that is not executable, and one that is not there. */
const ORDINARY_CODES = [2, 126, 127];
const DEATH_BY_SIGSYS = 128 + 31;

/**
 * Whether a sandboxed process that ended seems to have failed because of its sandbox.
 *
 * Source: exec-server permissions, section 4.4: what it printed decides, as far as it is retained, then its exit code.
 */
export function looksDenied(exitCode: number, log: OutputLog): boolean {
  if (exitCode === 0) return false;
  const chunks = log.read(0, undefined);
  const streams = [...new Set(chunks.map(({ stream }) => stream))];
  const texts = streams.map((stream) => textOf(chunks.filter((chunk) => chunk.stream === stream)));
  // a phrase may have been printed partly to one and partly to the other
  if (streams.length > 1) texts.push(textOf(chunks));
  if (texts.some((text) => PHRASES.some((phrase) => text.includes(phrase)))) return true;
  if (ORDINARY_CODES.includes(exitCode)) return false;
  return Deno.build.os === "linux" && exitCode === DEATH_BY_SIGSYS;
}

const latin1 = new TextDecoder("latin1");

/** Lower-case text; the phrases are ASCII, so bytes that are not need no decoding. */
function textOf(chunks: readonly { readonly bytes: Uint8Array }[]): string {
  return chunks.map(({ bytes }) => latin1.decode(bytes)).join("").toLowerCase();
}
