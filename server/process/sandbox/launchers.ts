import { type Architecture, launcherImage, seccompProgram } from "../../../sandbox/mod.ts";
import type { NetworkAccess } from "../../../sandbox/mod.ts";
import { errnoText } from "../../../sandbox/posix/errno.ts";
import { memoryFile } from "../../posix/memory_file.ts";

/** How a launcher confines itself; see launcherImage. */
export type LauncherKind = "plain" | `calls:${NetworkAccess}` | `landlock:${NetworkAccess}`;

/** Number of the descriptor a Landlock launcher finds its ruleset under. */
export const RULESET_FD = 3;

/** Keeps the sandbox's own programs in memory files: launchers and seccomp programs, each made at its first use. */
export class Launchers {
  readonly #architecture: Architecture;
  readonly #files = new Map<string, number>();

  /** @param architecture of this machine */
  constructor(architecture: Architecture) {
    this.#architecture = architecture;
  }

  /** Descriptor of a launcher. @throws {PosixError} */
  launcher(kind: LauncherKind): number {
    return this.#file(kind, () => {
      const [way, network] = kind.split(":") as [string, NetworkAccess | undefined];
      const common = { architecture: this.#architecture, errorText: errnoText };
      if (network === undefined) return launcherImage(common);
      const landlock = way === "landlock";
      const seccomp = seccompProgram(network, this.#architecture, { alone: landlock });
      return launcherImage(
        landlock ? { ...common, seccomp, rulesetFd: RULESET_FD, dropCapabilities: true } : { ...common, seccomp },
      );
    });
  }

  /** Descriptor of a seccomp program for bubblewrap. @throws {PosixError} */
  seccomp(network: NetworkAccess): number {
    return this.#file(`seccomp:${network}`, () => seccompProgram(network, this.#architecture));
  }

  #file(name: string, make: () => Uint8Array<ArrayBuffer>): number {
    let fd = this.#files.get(name);
    if (fd === undefined) {
      fd = memoryFile(`exec-server ${name}`, make);
      this.#files.set(name, fd);
    }
    return fd;
  }
}
