/** One line of the process table. */
interface ProcessEntry {
  readonly pid: number;
  readonly state: string;
  readonly group: number;
}

/** Whether a process exists and is not a zombie; Linux only. */
export function alive(pid: number): boolean {
  const entry = processEntry(pid);
  return entry !== undefined && entry.state !== "Z";
}

/** Pids of the living members of a process group; Linux only. */
export function pidsOfGroup(group: number): number[] {
  return [...Deno.readDirSync("/proc")]
    .filter(({ name }) => /^\d+$/.test(name))
    .map(({ name }) => processEntry(Number(name)))
    .filter((entry) => entry !== undefined && entry.group === group && entry.state !== "Z")
    .map((entry) => (entry as ProcessEntry).pid);
}

function processEntry(pid: number): ProcessEntry | undefined {
  try {
    const stat = Deno.readTextFileSync(`/proc/${pid}/stat`);
    // the program name stands in parentheses and may hold anything
    const [state, , group] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return { pid, state: state ?? "", group: Number(group) };
  } catch (error) {
    // it may vanish between open and read
    if (error instanceof Deno.errors.NotFound || String(error).includes("os error 3")) return undefined;
    throw error;
  }
}
