import { invalidParams, type SandboxInfo, TEXTS } from "../../../protocol/mod.ts";
import {
  accessOf,
  type Confinement,
  landlockPlan,
  type MountPlan,
  type Policy,
  seatbeltArguments,
  seatbeltPolicy,
  UNRESTRICTED_POLICY,
} from "../../../sandbox/mod.ts";
import { errnoText } from "../../../sandbox/posix/errno.ts";
import { PosixError } from "../../posix/posix_spawn.ts";
import type { CgroupProbe, ProcessCgroup } from "../cgroup_limits.ts";
import { killSession, signalGroup } from "../kill_group.ts";
import { candidatePaths, checkName, findProgram } from "../program_lookup.ts";
import { type Spawner, SpawnError, type SpawnSpec } from "../spawner.ts";
import { bwrapSpawn, type PreparedSpawn } from "./bwrap_spawn.ts";
import { landlockSpawn } from "./landlock_spawn.ts";
import { CGROUP_FD, Launchers } from "./launchers.ts";
import { listDirectory } from "./list_directory.ts";
import { type PlaceholderKeeper, Placeholders } from "./placeholders.ts";
import { describeWalls, probeWalls, type ProcessWalls, SEATBELT } from "./process_walls.ts";

/** What to do with a restricted process where bubblewrap does not work. */
export type SandboxFallback = "refuse" | "landlock";

/** A start under confinement. */
export interface ConfinedSpawn extends PreparedSpawn {
  /** To be called when the process has ended, or could not be started. @param pid of the process */
  release(pid?: number): void;
}

/** How processes are confined. */
export interface ProcessSandboxOptions {
  /** The bubblewrap to use; default the first on `searchPath`. */
  readonly bwrap?: string | undefined;
  /** `PATH` of the server. */
  readonly searchPath: string;
  /** Where bubblewrap does not work; default `landlock`, for the profiles it holds exactly. */
  readonly fallback?: SandboxFallback | undefined;
  /** Starts the programs, also those that try what works. */
  readonly spawner: Spawner;
  /** Removes placeholders should the server be killed. */
  readonly keeper: PlaceholderKeeper;
}

const NOTHING: Pick<ConfinedSpawn, "started" | "release"> = { started: () => {}, release: () => {} };

/** Confines processes by what this machine offers, or refuses to start them. */
export class ProcessSandbox {
  readonly #walls: ProcessWalls;
  readonly #fallback: SandboxFallback;
  readonly #placeholders: Placeholders;
  readonly #launchers: Launchers;

  private constructor(walls: ProcessWalls, launchers: Launchers, options: ProcessSandboxOptions) {
    this.#walls = walls;
    this.#launchers = launchers;
    this.#fallback = options.fallback ?? "landlock";
    this.#placeholders = new Placeholders(options.keeper);
  }

  /** Looks once what this machine offers. */
  static async create(options: ProcessSandboxOptions): Promise<ProcessSandbox> {
    const launchers = new Launchers();
    return new ProcessSandbox(await probeWalls(options, launchers), launchers, options);
  }

  /** What stands on this machine, for `environmentInfo` and logs. */
  get info(): NonNullable<SandboxInfo["process"]> {
    return describeWalls(this.#walls);
  }

  /** Whether memory and processes can be limited. */
  get cgroup(): CgroupProbe {
    return this.#walls.cgroup;
  }

  /**
   * Turns a start into one that holds to a confinement.
   *
   * @param spec whose program is a name as the client wrote it
   * @param cgroup to start in
   * @throws {RpcError} -32602 when this machine cannot hold it
   */
  prepare(spec: SpawnSpec, confinement: Confinement, cgroup?: ProcessCgroup): ConfinedSpawn {
    const joined = cgroup === undefined ? [] : [{ fd: CGROUP_FD, from: cgroup.procsFd }];
    if (confinement.kind === "open") {
      const program = findProgram(spec.program, spec.env, spec.cwd, spec.stdio.kind === "terminal");
      return this.#inCgroup({ spec: { ...spec, program }, ...NOTHING }, cgroup);
    }
    if (Deno.build.os === "darwin") return this.#bySeatbelt(spec, confinement);
    checkName(spec.program, spec.stdio.kind === "terminal");
    if (!this.#walls.seccomp.works) throw unenforceable(this.#walls.seccomp.reason);
    const launch = [spec.program, ...candidatePaths(spec.program, spec.env, spec.cwd), "", ...spec.argv];
    if (confinement.kind === "calls") {
      const program = this.#launchers.path({
        way: "calls",
        network: confinement.network,
        cgroup: cgroup !== undefined,
      });
      return { spec: { ...spec, program, argv: ["exec-server-launcher", ...launch], opens: joined }, ...NOTHING };
    }
    const bwrap = this.#bwrapFor(confinement.policy);
    if (!bwrap.works) {
      return this.#withoutNamespaces({ ...spec, opens: joined }, launch, confinement, bwrap.reason);
    }
    const { present, release } = this.#placeholders.hold(confinement.mounts.placeholders);
    try {
      const plan = withoutAbsent(confinement.mounts, present);
      const prepared = bwrapSpawn(bwrap.path, spec, launch, confinement, plan, this.#launchers);
      return this.#inCgroup({ ...prepared, release }, cgroup);
    } catch (error) {
      release();
      if (error instanceof TypeError) throw new SpawnError(TEXTS.nulByte, { cause: error });
      if (error instanceof RangeError) throw invalidParams(`failed to prepare process sandbox: ${error.message}`);
      if (error instanceof PosixError) {
        const reason = `a path changed meanwhile: ${errnoText(error.errno)}`;
        throw invalidParams(`failed to prepare process sandbox: ${reason}`);
      }
      throw error;
    }
  }

  /** Untested on hardware. */
  #bySeatbelt(spec: SpawnSpec, confinement: Exclude<Confinement, { kind: "open" }>): ConfinedSpawn {
    if (!this.#walls.seatbelt.works) throw unenforceable(this.#walls.seatbelt.reason);
    const { network } = confinement;
    const policy = confinement.kind === "files" ? confinement.policy : UNRESTRICTED_POLICY;
    const platformDefaults = policy.entries.some(({ path, access }) => path === "/usr" && access === "read");
    try {
      const args = seatbeltArguments(seatbeltPolicy(policy, { network, platformDefaults }), [
        spec.program,
        ...spec.argv.slice(1),
      ]);
      return { spec: { ...spec, program: SEATBELT, argv: [SEATBELT, ...args] }, ...NOTHING };
    } catch (error) {
      if (error instanceof RangeError) throw invalidParams(`failed to prepare process sandbox: ${error.message}`);
      throw error;
    }
  }

  /** Puts a launcher before a program on the disk that joins its cgroup first. */
  #inCgroup(prepared: ConfinedSpawn, cgroup: ProcessCgroup | undefined): ConfinedSpawn {
    if (cgroup === undefined) return prepared;
    const { spec } = prepared;
    return {
      ...prepared,
      spec: {
        ...spec,
        program: this.#launchers.path({ way: "plain", cgroup: true }),
        argv: ["exec-server-launcher", spec.program, spec.program, "", ...spec.argv],
        opens: [...spec.opens ?? [], { fd: CGROUP_FD, from: cgroup.procsFd }],
      },
    };
  }

  /** Gives up all placeholders; the processes that needed them have ended. */
  close(): void {
    this.#placeholders.close();
    this.#launchers.close();
  }

  #withoutNamespaces(
    spec: SpawnSpec,
    launch: readonly string[],
    { policy, network }: Extract<Confinement, { kind: "files" }>,
    reason: string,
  ): ConfinedSpawn {
    if (this.#fallback === "refuse") throw unenforceable(`${reason}; --sandbox-fallback refuse rules out Landlock`);
    if (!this.#walls.landlock.works) throw unenforceable(`${reason}; nor by Landlock: ${this.#walls.landlock.reason}`);
    const places = landlockPlan(policy, listDirectory);
    if (typeof places === "string") throw unenforceable(`${reason}; nor by Landlock: ${places}`);
    const launcher = this.#launchers.path({ way: "landlock", network, cgroup: spec.opens?.length === 1 });
    return { ...landlockSpawn(spec, launch, network, places, launcher), release: endSession };
  }

  /** One that the process could change would run with the server's rights the next time. */
  #bwrapFor(policy: Policy): { works: true; path: string } | { works: false; reason: string } {
    const { bwrap } = this.#walls;
    if (!bwrap.works) return bwrap;
    const path = bwrap.paths.find((candidate) => accessOf(policy, candidate) !== "write");
    if (path === undefined) return { works: false, reason: "the profile lets the process change bubblewrap itself" };
    return { works: true, path };
  }
}

/** Without a pid namespace nothing else ends what the process left in the background. */
function endSession(pid?: number): void {
  if (pid === undefined) return;
  signalGroup(pid, "SIGKILL");
  killSession(pid);
}

function unenforceable(reason: string): Error {
  return invalidParams(`sandbox intent cannot be enforced on this executor: ${reason}`);
}

/** A placeholder that could not be made has nothing to be mounted on. */
function withoutAbsent(plan: MountPlan, present: ReadonlySet<string>): MountPlan {
  const absent = new Set(plan.placeholders.map(({ path }) => path).filter((path) => !present.has(path)));
  return absent.size === 0 ? plan : { ...plan, steps: plan.steps.filter(({ path }) => !absent.has(path)) };
}
