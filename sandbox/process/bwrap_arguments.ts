import type { NetworkAccess } from "../profile.ts";
import type { MountPlan, MountStep } from "./mount_plan.ts";

/** What runs in a bubblewrap sandbox, besides its mounts. */
export interface BwrapCommand {
  /** Whether it gets a network of its own, without any way out. */
  readonly network: NetworkAccess;
  /** Descriptor of the seccomp program. */
  readonly seccompFd: number;
  /** Descriptors of empty files, one for each masked file of the plan. */
  readonly emptyFds: readonly number[];
  /** Descriptors (O_PATH) of what is bound inside writable places, by path. */
  readonly boundFds: ReadonlyMap<string, number>;
  /** The whole environment of the command. */
  readonly environment: ReadonlyMap<string, string>;
}

/** Arguments bubblewrap takes, the command's included. */
export const MAX_BWRAP_ARGUMENTS = 9000;

/**
 * The options that make bubblewrap run a command under a mount plan; `-- COMMAND` is for the caller to add.
 *
 * Source: exec-server permissions, section 8. Different on purpose: the scratch root is read-only in the end, so that
 * writes outside every grant fail instead of vanishing, and the environment is set inside, since variables such as
 * LD_PRELOAD would act on bubblewrap itself.
 *
 * @throws {RangeError} when bubblewrap does not take as many
 * @throws {TypeError} for a NUL, which would end one argument and begin another
 */
export function bwrapArguments(plan: MountPlan, command: BwrapCommand): string[] {
  const files = command.emptyFds.values();
  const masks = plan.steps.filter(({ kind }) => kind === "maskDirectory").map(({ path }) => path);
  const toArguments = (step: MountStep) => stepArguments(step, files, command.boundFds);
  const args = [
    ...["--as-pid-1", "--new-session", "--die-with-parent"],
    ...["--unshare-user", "--unshare-pid", "--unshare-ipc"],
    ...command.network === "restricted" ? ["--unshare-net"] : [],
    ...baseArguments(plan),
    ...plan.steps.filter(({ path }) => !isBelowProc(path)).flatMap(toArguments),
    ...["--proc", "/proc"],
    ...plan.steps.filter(({ path }) => isBelowProc(path)).flatMap(toArguments),
    // not before: what is mounted below a mask needs a place there
    ...masks.flatMap((path) => ["--remount-ro", path]),
    ...plan.base === "empty" ? ["--remount-ro", "/"] : [],
    ...["--cap-drop", "ALL", "--seccomp", String(command.seccompFd), "--clearenv"],
    ...[...command.environment].filter(isVariable).flatMap(([name, value]) => ["--setenv", name, value]),
  ];
  if (args.length > MAX_BWRAP_ARGUMENTS) {
    throw new RangeError(
      `the profile and the environment need ${args.length} arguments of bubblewrap, which takes ${MAX_BWRAP_ARGUMENTS}`,
    );
  }
  if (args.some((arg) => arg.includes("\0"))) throw new TypeError("nul byte found in provided data");
  return args;
}

/** Others cannot be in an environment: setenv(3) refuses them. */
function isVariable([name]: readonly [string, string]): boolean {
  return name !== "" && !name.includes("=");
}

function baseArguments({ base }: MountPlan): string[] {
  if (base === "empty") return ["--tmpfs", "/", "--dev", "/dev"];
  const shared = base === "write" ? ["--bind-try", "/dev/shm", "/dev/shm"] : [];
  return [base === "write" ? "--bind" : "--ro-bind", "/", "/", "--dev", "/dev", ...shared];
}

function isBelowProc(path: string): boolean {
  return path.startsWith("/proc/");
}

function stepArguments(
  step: MountStep,
  files: Iterator<number>,
  boundFds: ReadonlyMap<string, number>,
): string[] {
  const { path } = step;
  switch (step.kind) {
    case "bind": {
      const option = step.access === "write" ? "--bind" : "--ro-bind";
      if (!step.inside) return [option, path, path];
      const fd = boundFds.get(path);
      if (fd === undefined) throw new RangeError(`nothing was opened for ${path}`);
      return [`${option}-fd`, String(fd), path];
    }
    case "link":
      return ["--symlink", step.text, path];
    case "maskDirectory":
      return ["--perms", step.passable ? "111" : "000", "--tmpfs", path];
    case "maskFile":
      return ["--perms", "000", "--ro-bind-data", String(files.next().value), path];
  }
}

/** The paths of a plan that have to be bound by a descriptor. */
export function boundPathsOf(plan: MountPlan): string[] {
  return plan.steps.filter((step) => step.kind === "bind" && step.inside).map(({ path }) => path);
}

/** How many descriptors of empty files a plan takes. */
export function emptyFilesOf(plan: MountPlan): number {
  return plan.steps.filter(({ kind }) => kind === "maskFile").length;
}
