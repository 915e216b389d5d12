import { bwrapArguments, type Confinement, emptyFilesOf, type MountPlan } from "../../../sandbox/mod.ts";
import { closeDescriptors } from "../../posix/descriptors.ts";
import { descriptorPath, memoryFile } from "../../posix/memory_file.ts";
import type { OpenedDescriptor } from "../../posix/posix_spawn.ts";
import type { SpawnSpec } from "../spawner.ts";
import type { Launchers } from "./launchers.ts";

/** A start that needs descriptors until it has happened. */
export interface PreparedSpawn {
  /** What to start. */
  readonly spec: SpawnSpec;
  /** Closes what only the start needed. */
  started(): void;
}

/**
 * Wraps a start into bubblewrap. Options go through a memory file: a command line can be read by everybody on the
 * machine, and they hold the environment.
 *
 * @param bwrap path of bubblewrap
 * @param launch arguments of the launcher
 * @throws {RangeError} when it takes too many arguments
 */
export function bwrapSpawn(
  bwrap: string,
  spec: SpawnSpec,
  launch: readonly string[],
  confinement: Extract<Confinement, { kind: "files" }>,
  plan: MountPlan,
  launchers: Launchers,
): PreparedSpawn {
  const launcher = launchers.descriptor({ way: "plain" }), seccomp = launchers.seccomp(confinement.network);
  const opens: OpenedDescriptor[] = [];
  const argv = ["bwrap", "--args"];
  const options = memoryFile("exec-server bwrap options", (fd) => {
    // above all that the child still needs while it opens them
    let next = Math.max(fd, launcher, seccomp) + 1;
    const open = (path: string) => {
      opens.push({ fd: next, path });
      return next++;
    };
    argv.push(String(open(descriptorPath(fd))), "--", descriptorPath(open(descriptorPath(launcher))), ...launch);
    const words = bwrapArguments(plan, {
      network: confinement.network,
      seccompFd: open(descriptorPath(seccomp)),
      emptyFds: Array.from({ length: emptyFilesOf(plan) }, () => open("/dev/null")),
      environment: spec.env,
    });
    return new TextEncoder().encode(words.map((word) => `${word}\0`).join(""));
  });
  return {
    spec: { ...spec, program: bwrap, argv, env: new Map(), opens },
    started: () => closeDescriptors(options),
  };
}
