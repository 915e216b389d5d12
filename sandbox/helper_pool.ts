import type { Filesystem } from "../protocol/filesystem.ts";
import { LIMITS } from "../protocol/limits.ts";
import { type DenoFlags, denoFlags, denoPermissions } from "./deno_flags.ts";
import type { WallOptions, Walls } from "./helper/config.ts";
import type { Parameters } from "./helper/operation.ts";
import { HelperLease, type HelperLeaseOptions } from "./helper_lease.ts";
import { findLibc } from "./libc_path.ts";
import type { Policy } from "./policy.ts";
import type { HelperAccess, RunInHelper } from "./helper_access.ts";
import { SandboxedFilesystem } from "./sandboxed_filesystem.ts";
import { denoSpawner, selfSpawner, type SpawnHelper } from "./spawn_helper.ts";

/** How helpers are kept. */
export interface HelperPoolOptions {
  /** Starts a helper; default this Deno with the helper program of this package, or this program itself when it is compiled. */
  readonly spawn?: SpawnHelper;
  /** Permissions of Deno for a policy; default those that its entries grant. */
  readonly flags?: (policy: Policy) => DenoFlags;
  /** Which walls to raise; default all. */
  readonly walls?: WallOptions;
  /** Absolute path of the C library, or null for none; default the one of this process. */
  readonly libc?: string | null;
  /** Helpers that may be kept while nobody uses them; default 16. */
  readonly maxHelpers?: number;
  /** A helper that nobody used for so long ends; default 60 s. */
  readonly idleMs?: number;
  /** A helper whose memory grew beyond this is replaced when it is idle, bytes; default 96 MiB. */
  readonly maxHelperBytes?: number;
  /** Looks at the walls of each new helper, before anything runs there; what it throws refuses the calls. */
  readonly check?: (walls: Walls) => void;
}

/** One helper for each policy, started at its first use and kept for the next. */
export class HelperPool {
  readonly #options: HelperLeaseOptions;
  readonly #maxHelpers: number;
  /** Least recently used first. */
  readonly #leases = new Map<string, HelperLease>();
  #closed = false;

  /** Starts nothing yet. */
  constructor(options: HelperPoolOptions = {}) {
    this.#maxHelpers = options.maxHelpers ?? LIMITS.maxHelpers;
    this.#options = {
      spawn: options.spawn ?? (Deno.build.standalone ? selfSpawner() : denoSpawner()),
      flags: options.flags ?? ((policy) => denoFlags(denoPermissions(policy))),
      walls: options.walls ?? { descriptors: true, landlock: true },
      libc: options.libc === null ? undefined : options.libc ?? findLibc(),
      idleMs: options.idleMs ?? LIMITS.helperIdleMs,
      maxBytes: options.maxHelperBytes ?? LIMITS.maxHelperBytes,
      check: options.check ?? (() => {}),
    };
  }

  /** Helpers that are running. */
  get size(): number {
    return [...this.#leases.values()].filter(({ running }) => running).length;
  }

  /**
   * The files a policy grants.
   *
   * @param key names the policy; by default its content does
   */
  filesystem(policy: Policy, key: string = JSON.stringify(policy)): Filesystem {
    const run: RunInHelper = (op, parameters, finish, extras) =>
      this.#lease(policy, key).run(op, parameters, finish, extras);
    const open = (parameters: Partial<Parameters>) => this.#lease(policy, key).open(parameters);
    const access: HelperAccess = { run, open };
    return new SandboxedFilesystem(access);
  }

  /** Which walls stand for a policy; starts its helper. */
  walls(policy: Policy, key: string = JSON.stringify(policy)): Promise<Walls> {
    return this.#lease(policy, key).wallsOf();
  }

  /** Waits until helpers that are ending have ended. */
  async idle(): Promise<void> {
    await Promise.all([...this.#leases.values()].map((lease) => lease.idle()));
  }

  /** Ends all helpers; calls under way fail. */
  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all([...this.#leases.values()].map((lease) => lease.close()));
    this.#leases.clear();
  }

  #lease(policy: Policy, key: string): HelperLease {
    if (this.#closed) throw new Error("Cannot use a helper pool that is closed");
    let lease = this.#leases.get(key);
    this.#leases.delete(key);
    lease ??= new HelperLease(policy, this.#options);
    this.#leases.set(key, lease);
    this.#evict(lease);
    return lease;
  }

  /** Ends the helpers that were not used for longest; those in use stay, even if they are too many. */
  #evict(current: HelperLease): void {
    let surplus = this.size - this.#maxHelpers + (current.running ? 0 : 1);
    for (const [key, lease] of this.#leases) {
      if (lease === current || lease.busy) continue;
      if (surplus > 0 && lease.running) {
        lease.rest();
        surplus--;
      }
      if (this.#leases.size > LIMITS.maxPolicies && !lease.running) this.#leases.delete(key);
      if (surplus <= 0 && this.#leases.size <= LIMITS.maxPolicies) return;
    }
  }
}
