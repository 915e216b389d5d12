import type { ProcessEvent, ProcessEventLog, ProcessSnapshot } from "../protocol/mod.ts";

/**
 * Fills the gap a lost connection left in the events of a process with what the executor retained.
 *
 * Output says its position; the exit and the end take one position each, which is found out by what is missing.
 *
 * Source: environments, section 1.10.
 *
 * @throws {Error} when the gap cannot be filled
 */
export function mergeRecovery(log: ProcessEventLog, read: ProcessSnapshot): void {
  if (read.failure !== null) throw new Error(`process failed while recovering: ${read.failure}`);
  const target = read.nextSeq - 1;
  if (target <= log.lastSeq) return;
  const events = new Map<number, ProcessEvent>();
  for (const chunk of read.chunks) {
    if (chunk.seq > target) {
      throw new Error(`recovered process output sequence ${chunk.seq} exceeds target sequence ${target}`);
    }
    events.set(chunk.seq, chunk);
  }
  if (read.closed) {
    if (events.has(target)) throw new Error(`process close sequence ${target} conflicts with recovered output`);
    events.set(target, { type: "closed", seq: target });
  }
  const missing: number[] = [];
  for (let seq = log.lastSeq + 1; seq <= target && missing.length < 2; seq++) {
    if (!events.has(seq) && !log.has(seq)) missing.push(seq);
  }
  const [seq] = missing;
  if (seq !== undefined) {
    if (missing.length > 1 || !read.exited || log.knowsExit) {
      throw new Error(`process events are no longer retained while recovering through sequence ${target}`);
    }
    if (read.exitCode === null) throw new Error("recovering exited process did not include its exit code");
    events.set(seq, { type: "exited", seq, exitCode: read.exitCode, sandboxDenied: read.sandboxDenied });
  }
  for (const event of [...events.values()].sort((a, b) => a.seq - b.seq)) log.add(event, { evict: true });
}
