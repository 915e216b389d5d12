/** Pids of the living children of a process, whichever of its threads started them; Linux only. */
export function childrenOf(pid: number): number[] {
  return [...Deno.readDirSync(`/proc/${pid}/task`)]
    .flatMap(({ name }) => readOrEmpty(`/proc/${pid}/task/${name}/children`).split(" "))
    .filter((text) => text !== "")
    .map(Number)
    .filter(alive);
}

/** The server's watchdog, if it runs. */
export function watchdogOf(pid: number): number | undefined {
  return childrenOf(pid).find((child) => readOrEmpty(`/proc/${child}/cmdline`).startsWith("exec-server-watchdog"));
}

/** Pids of all living processes that have this variable in their environment: a program and all its descendants. */
export function markedPids(name: string, value: string): number[] {
  return [...Deno.readDirSync("/proc")]
    .filter(({ name: entry }) => /^\d+$/.test(entry))
    .map(({ name: entry }) => Number(entry))
    .filter((pid) => readOrEmpty(`/proc/${pid}/environ`).split("\0").includes(`${name}=${value}`) && alive(pid));
}

/** Whether a process exists and is not a zombie; also right for one that vanishes while it is looked at. */
export function alive(pid: number): boolean {
  const stat = readOrEmpty(`/proc/${pid}/stat`);
  // the program name stands in parentheses and may hold anything
  return stat !== "" && stat[stat.lastIndexOf(")") + 2] !== "Z";
}

/** What /proc says, or "" when the process is gone. */
export function readOrEmpty(path: string): string {
  try {
    return Deno.readTextFileSync(path);
  } catch {
    return "";
  }
}
