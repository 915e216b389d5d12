/** Number of open file descriptors of a process; Linux only. */
export function fdCount(pid: number = Deno.pid): number {
  return [...Deno.readDirSync(`/proc/${pid}/fd`)].length;
}
