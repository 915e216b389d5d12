/** The answer of a patch that was tried (environments, section 7.2). @param seconds how long it took */
export function patchAnswer(exitCode: number, seconds: number, output: string): string {
  const rounded = Math.round(seconds * 10) / 10;
  return `Exit code: ${exitCode}\nWall time: ${rounded} seconds\nOutput:\n${output}`;
}

/** What a patch did. @param lines `A path`, `M path`, `D path` */
export function patchSummary(lines: readonly string[]): string {
  return `Success. Updated the following files:\n${lines.map((line) => `${line}\n`).join("")}`;
}
