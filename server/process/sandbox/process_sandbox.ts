import { invalidParams } from "../../../protocol/mod.ts";
import { accessOf, type Confinement, type MountPlan, type Policy } from "../../../sandbox/mod.ts";
import { candidatePaths, findProgram } from "../program_lookup.ts";
import type { SpawnSpec } from "../spawner.ts";
import { type BwrapProbe, probeBwrap } from "./bwrap_probe.ts";
import { bwrapSpawn, type PreparedSpawn } from "./bwrap_spawn.ts";
import { Launchers } from "./launchers.ts";
import { type PlaceholderKeeper, Placeholders } from "./placeholders.ts";

/** A start under confinement. */
export interface ConfinedSpawn extends PreparedSpawn {
  /** To be called when the process has ended. */
  release(): void;
}

/** How processes are confined. */
export interface ProcessSandboxOptions {
  /** The bubblewrap to use; default the first on `searchPath`. */
  readonly bwrap?: string | undefined;
  /** `PATH` of the server. */
  readonly searchPath: string;
  /** Removes placeholders should the server be killed. */
  readonly keeper: PlaceholderKeeper;
}

/** Confines processes by what this machine offers, or refuses to start them. */
export class ProcessSandbox {
  readonly #bwrap: BwrapProbe;
  readonly #placeholders: Placeholders;
  readonly #launchers = new Launchers(Deno.build.arch === "aarch64" ? "aarch64" : "x86_64");

  private constructor(bwrap: BwrapProbe, keeper: PlaceholderKeeper) {
    this.#bwrap = bwrap;
    this.#placeholders = new Placeholders(keeper);
  }

  /** Looks once what this machine offers. */
  static async create(options: ProcessSandboxOptions): Promise<ProcessSandbox> {
    return new ProcessSandbox(
      await probeBwrap({ path: options.bwrap, searchPath: options.searchPath }),
      options.keeper,
    );
  }

  /**
   * Turns a start into one that holds to a confinement.
   *
   * @param spec whose program is a name as the client wrote it
   * @throws {RpcError} -32602 when this machine cannot hold it
   */
  prepare(spec: SpawnSpec, confinement: Confinement): ConfinedSpawn {
    if (confinement.kind === "open") {
      const program = findProgram(spec.program, spec.env, spec.cwd, spec.stdio.kind === "terminal");
      return { spec: { ...spec, program }, started: () => {}, release: () => {} };
    }
    const launch = [spec.program, ...candidatePaths(spec.program, spec.env, spec.cwd), "", ...spec.argv];
    if (confinement.kind === "calls") {
      const fd = this.#launchers.launcher(`calls:${confinement.network}`);
      const argv = ["exec-server-launcher", ...launch];
      return { spec: { ...spec, program: `/proc/self/fd/${fd}`, argv }, started: () => {}, release: () => {} };
    }
    const bwrap = this.#bwrapFor(confinement.policy);
    const { present, release } = this.#placeholders.hold(confinement.mounts.placeholders);
    try {
      const plan = withoutAbsent(confinement.mounts, present);
      return { ...bwrapSpawn(bwrap, spec, launch, confinement, plan, this.#launchers), release };
    } catch (error) {
      release();
      if (error instanceof RangeError) throw invalidParams(`failed to prepare process sandbox: ${error.message}`);
      throw error;
    }
  }

  #bwrapFor(policy: Policy): string {
    if (!this.#bwrap.works) throw unenforceable(this.#bwrap.reason);
    const path = this.#bwrap.paths.find((candidate) => accessOf(policy, candidate) !== "write");
    if (path === undefined) throw unenforceable("the profile lets the process write bubblewrap itself");
    return path;
  }
}

function unenforceable(reason: string): Error {
  return invalidParams(`sandbox intent cannot be enforced on this executor: ${reason}`);
}

/** A placeholder that could not be made has nothing to be mounted on. */
function withoutAbsent(plan: MountPlan, present: ReadonlySet<string>): MountPlan {
  const absent = new Set(plan.placeholders.map(({ path }) => path).filter((path) => !present.has(path)));
  return absent.size === 0 ? plan : { ...plan, steps: plan.steps.filter(({ path }) => !absent.has(path)) };
}
