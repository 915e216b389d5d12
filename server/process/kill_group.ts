import { withSpareDescriptor } from "../posix/spare_descriptor.ts";

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
  // killing has to work when no descriptor is left to read /proc with
  withSpareDescriptor(() => {
    for (const pid of processIds()) {
      if (sessionOf(pid) !== sid) continue;
      try {
        Deno.kill(pid, "SIGKILL");
      } catch {
        // it ended meanwhile
      }
    }
  });
}

function processIds(): number[] {
  try {
    return [...Deno.readDirSync("/proc")].map(({ name }) => Number(name)).filter(Number.isInteger);
  } catch {
    return [];
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

/** Kills a process that leads its session: its group, and with a terminal everything in its session. */
export function killTree(pid: number, tty: boolean): void {
  if (tty) killSession(pid);
  signalGroup(pid, "SIGKILL");
}
