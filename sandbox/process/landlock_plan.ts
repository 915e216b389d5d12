import type { LandlockAccess } from "../posix/landlock.ts";
import type { Policy } from "../policy.ts";
import type { ListDirectory } from "./match_deny_globs.ts";

/** A place a process may use, and how. */
export interface LandlockPlace {
  /** Absolute path; one that does not exist is left out. */
  readonly path: string;
  /** `run` reads and executes, `list` only looks into directories, `device` reads, writes and controls. */
  readonly access: LandlockAccess;
}

/** Landlock keeps signals and abstract sockets inside since this ABI (Linux 6.12). */
export const MIN_LANDLOCK_ABI = 6;

/** Devices without a state that matters to others, and the process's own terminal. */
const DEVICES = ["null", "zero", "full", "random", "urandom", "tty"];

/**
 * How Landlock holds a policy, if it can hold exactly it. It takes nothing away below what it grants, and does not hide
 * that a file exists, so this is the policy that reads everything and writes nothing. Devices other than the harmless
 * ones stay closed, as under bubblewrap; what is mounted at or created in the root later is not readable.
 *
 * @returns places to grant, or why it cannot hold the policy
 */
export function landlockPlan(policy: Policy, list: ListDirectory): readonly LandlockPlace[] | string {
  if (!policy.fullRead) return "it cannot hide files (only profiles that read everything)";
  if (policy.entries.some(({ access }) => access === "write")) {
    return "it cannot keep anything read-only inside a writable directory (only profiles that write nothing)";
  }
  const names = list("/").filter(({ name, isLink }) => !isLink && name !== "dev" && name !== "proc");
  return [
    { path: "/", access: "list" },
    ...names.map(({ name }): LandlockPlace => ({ path: `/${name}`, access: "run" })),
    { path: "/proc", access: "read" },
    ...DEVICES.map((name): LandlockPlace => ({ path: `/dev/${name}`, access: "device" })),
  ];
}
