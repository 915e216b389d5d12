/** Resident memory of a process and its descendants in bytes; Linux only. */
export function residentMemory(pid: number): number {
  try {
    const kib = /^VmRSS:\s+(\d+) kB$/m.exec(Deno.readTextFileSync(`/proc/${pid}/status`))?.[1] ?? "0";
    const children = Deno.readTextFileSync(`/proc/${pid}/task/${pid}/children`).split(" ").filter(Boolean).map(Number);
    return Number(kib) * 1024 + children.map(residentMemory).reduce((sum, bytes) => sum + bytes, 0);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return 0; // gone meanwhile
    throw error;
  }
}
