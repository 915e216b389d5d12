import { boundPathsOf, bwrapArguments, type Confinement, emptyFilesOf, type MountPlan } from "../../../sandbox/mod.ts";
import { closeDescriptors, moveUp } from "../../posix/descriptors.ts";
import { descriptorPath, memoryFile } from "../../posix/memory_file.ts";
import type { OpenedDescriptor } from "../../posix/posix_spawn.ts";
import type { SpawnSpec } from "../spawner.ts";
import type { Launchers } from "./launchers.ts";
import { openWithoutLinks } from "./open_without_links.ts";

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
 * @throws {PosixError} when something that is to be bound is no longer what it was
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
  const held: number[] = [];
  const started = () => closeDescriptors(...held.splice(0));
  try {
    const bound = boundPathsOf(plan).map((path) => {
      const fd = moveUp(openWithoutLinks(path));
      held.push(fd);
      return [path, fd] as const;
    });
    const opens: OpenedDescriptor[] = [];
    const argv = ["bwrap", "--args"];
    const options = memoryFile("exec-server bwrap options", (fd) => {
      // above all that the child still needs while it opens them
      let next = Math.max(fd, launcher, seccomp, ...held) + 1;
      const open = (source: { path: string } | { from: number }) => {
        opens.push({ fd: next, ...source });
        return next++;
      };
      const launcherFd = open({ path: descriptorPath(launcher) });
      argv.push(String(open({ path: descriptorPath(fd) })), "--", descriptorPath(launcherFd), ...launch);
      const words = bwrapArguments(plan, {
        network: confinement.network,
        seccompFd: open({ path: descriptorPath(seccomp) }),
        emptyFds: Array.from({ length: emptyFilesOf(plan) }, () => open({ path: "/dev/null" })),
        boundFds: new Map(bound.map(([path, from]) => [path, open({ from })])),
        environment: spec.env,
      });
      return new TextEncoder().encode(words.map((word) => `${word}\0`).join(""));
    });
    held.push(options);
    return { spec: { ...spec, program: bwrap, argv, env: new Map(), opens }, started };
  } catch (error) {
    started();
    throw error;
  }
}
