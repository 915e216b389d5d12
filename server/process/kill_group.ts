/** Sends a signal to a process group. @returns false when the group has no process any more */
export function signalGroup(pgid: number, signal: Deno.Signal): boolean {
  try {
    Deno.kill(-pgid, signal);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    // ESRCH has no class of its own
    if ((error as { code?: unknown }).code === "ESRCH") return false;
    throw error;
  }
}

/** Whether any process of the group is left (unreaped ones count). */
export function groupExists(pgid: number): boolean {
  try {
    // signal 0 only probes
    Deno.kill(-pgid, 0 as unknown as Deno.Signal);
    return true;
  } catch (error) {
    return error instanceof Deno.errors.PermissionDenied;
  }
}

/**
 * Kills every process of a session: a terminal's background jobs are in groups of their own, which no group kill
 * reaches. Linux only (reads /proc); elsewhere it does nothing.
 */
export function killSession(sid: number): void {
  if (Deno.build.os !== "linux") return;
  for (const entry of Deno.readDirSync("/proc")) {
    const pid = Number(entry.name);
    if (!Number.isInteger(pid) || sessionOf(pid) !== sid) continue;
    try {
      Deno.kill(pid, "SIGKILL");
    } catch {
      // it ended meanwhile
    }
  }
}

/** The session of a process, from /proc/PID/stat (proc(5): the 4th field behind the command's name). */
function sessionOf(pid: number): number | undefined {
  try {
    const stat = Deno.readTextFileSync(`/proc/${pid}/stat`);
    return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[3]);
  } catch {
    return undefined;
  }
}
