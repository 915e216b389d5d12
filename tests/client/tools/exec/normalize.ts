/** An answer without what differs from run to run: chunk id, session id, process ids, and the wait. */
export function normalizeAnswer(answer: string, workspace: string): string {
  return answer.replaceAll(workspace, "{ws}")
    .replace(/^Chunk ID: [0-9a-f]{6}$/m, "Chunk ID: ------")
    .replace(/^Wall time: \d+\.\d{4} seconds$/m, "Wall time: -.---- seconds")
    .replace(/^Process running with session ID \d+$/m, "Process running with session ID -----")
    .replace(/^write_stdin failed: Unknown process id \d{4,5}$/, "write_stdin failed: Unknown process id -----")
    .replace(/line 1: +\d+ Killed/, "line 1: --- Killed")
    .replace(/x{200,}/g, (run) => `{${run.length} times x}`);
}

/** How long an answer says that it waited, s. */
export function wallSeconds(answer: string): number {
  return Number(/^Wall time: (\d+\.\d{4}) seconds$/m.exec(answer)?.[1]);
}
