import { type Architecture, type NetworkAccess, seccompProgram } from "../../../sandbox/mod.ts";
import { launcherImage } from "../../../sandbox/process/launcher/launcher_image.ts";
import { closeDescriptors, moveUp } from "../../posix/descriptors.ts";
import { errnoText } from "../../../sandbox/posix/errno.ts";
import { memoryFile } from "../../posix/memory_file.ts";

/** How a launcher confines itself; see launcherImage. */
export interface LauncherKind {
  /** By nothing of its own, by seccomp, or by Landlock and seccomp; or it only tries a user namespace. */
  readonly way: "plain" | "calls" | "landlock" | "userNamespace";
  /** For those with seccomp. */
  readonly network?: NetworkAccess;
  /** Whether it joins the cgroup behind {@linkcode CGROUP_FD}; a plain one then passes all other descriptors on. */
  readonly cgroup?: boolean;
}

/** Number of the descriptor a launcher finds its Landlock ruleset under. */
export const RULESET_FD = 3;
/** Number of the descriptor a launcher finds the `cgroup.procs` under. */
export const CGROUP_FD = 4;

/** Keeps the sandbox's own programs in memory files: launchers and seccomp programs, each made at its first use. */
export class Launchers {
  readonly #architecture: Architecture = Deno.build.arch;
  readonly #files = new Map<string, number>();

  /** Path under which a child executes a launcher. @throws {PosixError} */
  path(kind: LauncherKind): string {
    return `/proc/self/fd/${this.descriptor(kind)}`;
  }

  /** Descriptor of a launcher. @throws {PosixError} */
  descriptor(kind: LauncherKind): number {
    const { way, network = "restricted", cgroup = false } = kind;
    return this.#file(`${way} ${way === "plain" ? "" : network} ${cgroup ? "cgroup" : ""}`, () => {
      const confined = way === "calls" || way === "landlock";
      return launcherImage({
        architecture: this.#architecture,
        errorText: errnoText,
        userNamespace: way === "userNamespace",
        dropCapabilities: way === "landlock",
        keepsDescriptors: cgroup && way === "plain",
        ...(cgroup && { cgroupFd: CGROUP_FD }),
        ...(way === "landlock" && { rulesetFd: RULESET_FD }),
        ...(confined && { seccomp: seccompProgram(network, this.#architecture, { alone: way === "landlock" }) }),
      });
    });
  }

  /** Descriptor of a seccomp program for bubblewrap. @throws {PosixError} */
  seccomp(network: NetworkAccess): number {
    return this.#file(`seccomp ${network}`, () => seccompProgram(network, this.#architecture));
  }

  /** Frees all files; what was started goes on. */
  close(): void {
    closeDescriptors(...this.#files.values());
    this.#files.clear();
  }

  #file(name: string, make: () => Uint8Array<ArrayBuffer>): number {
    let fd = this.#files.get(name);
    if (fd === undefined) {
      fd = moveUp(memoryFile(`exec-server ${name}`, make));
      this.#files.set(name, fd);
    }
    return fd;
  }
}
