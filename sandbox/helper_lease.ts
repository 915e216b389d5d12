import { internalError } from "../protocol/errors.ts";
import { LIMITS } from "../protocol/limits.ts";
import type { DenoFlags } from "./deno_flags.ts";
import type { WallOptions, Walls } from "./helper/config.ts";
import type { Memory } from "./helper/memory.ts";
import type { Parameters } from "./helper/operation.ts";
import type { OperationName } from "./helper/operations.ts";
import type { HelperCall } from "./helper_call.ts";
import { SandboxHelper, StaleHelperError } from "./helper_client.ts";
import type { Policy } from "./policy.ts";
import type { CallExtras, FileInHelper, RunInHelper } from "./helper_access.ts";
import type { SpawnHelper } from "./spawn_helper.ts";

/** What a {@linkcode HelperLease} starts helpers with. */
export interface HelperLeaseOptions {
  /** Starts a process. */
  readonly spawn: SpawnHelper;
  /** Permissions of Deno for a policy. */
  readonly flags: (policy: Policy) => DenoFlags;
  /** Which walls to raise. */
  readonly walls: WallOptions;
  /** Absolute path of the C library, if there is one to use. */
  readonly libc: string | undefined;
  /** A helper that nobody used for so long ends. */
  readonly idleMs: number;
  /** A helper whose memory grew beyond this is replaced. */
  readonly maxBytes: number;
  /** Throws when the walls are not good enough. */
  readonly check: (walls: Walls) => void;
}

interface Kept {
  readonly helper: SandboxHelper;
  /** Resolves when its walls were found good enough; undefined once they were. */
  checked: Promise<void> | undefined;
  users: number;
}

/** The helper of one policy: there when it is used, gone when it is not, replaced when it died, grew or is stale. */
export class HelperLease {
  readonly #policy: Policy;
  readonly #options: HelperLeaseOptions;
  readonly #memory = new Map<string, Memory>();
  readonly #ending = new Set<Promise<void>>();
  #kept: Kept | undefined;
  #rested: PromiseWithResolvers<void> | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** Starts nothing yet. */
  constructor(policy: Policy, options: HelperLeaseOptions) {
    this.#policy = policy;
    this.#options = options;
  }

  /** Whether there is a helper. */
  get running(): boolean {
    return this.#kept?.helper.alive === true;
  }

  /** Whether a call or an open file needs it. */
  get busy(): boolean {
    return this.#kept !== undefined && this.#kept.users > 0;
  }

  /** Runs an operation, in a new helper when the one that is there finds itself stale. */
  async run<T>(
    op: OperationName,
    parameters: Partial<Parameters>,
    finish: (end: unknown, call: HelperCall<T>) => T,
    extras?: CallExtras,
  ): Promise<T> {
    return await this.#withHelper((helper) => helper.call(op, parameters, finish, extras));
  }

  /** Opens a file; its helper stays until it is released. */
  async open(parameters: Partial<Parameters>): Promise<FileInHelper> {
    return await this.#withHelper(async (helper, kept) => {
      const { handle } = await helper.call("open", parameters, (end) => end as { handle: number });
      kept.users++;
      const run: RunInHelper = (op, more, finish, extras) => helper.call(op, more, finish, extras);
      return { handle, run, release: () => this.#release(kept) };
    });
  }

  /** Which walls stand. */
  async wallsOf(): Promise<Walls> {
    return await this.#withHelper((helper) => helper.walls());
  }

  /** Ends the helper now; the next call starts another. */
  rest(): void {
    const kept = this.#kept;
    this.#forget();
    if (kept !== undefined) this.#end(kept);
  }

  /** Waits until the helper is at rest, when nobody needs it any more, and those before it have ended. */
  async idle(): Promise<void> {
    if (this.#timer !== undefined) await this.#rested?.promise;
    await Promise.all(this.#ending);
  }

  /** Ends the helper and waits for that. */
  async close(): Promise<void> {
    this.rest();
    await Promise.all(this.#ending);
  }

  async #withHelper<T>(use: (helper: SandboxHelper, kept: Kept) => Promise<T>): Promise<T> {
    const first = this.#take();
    try {
      if (first.checked !== undefined) await first.checked;
      return await use(first.helper, first);
    } catch (error) {
      if (!(error instanceof StaleHelperError)) throw error;
      if (this.#kept === first) this.#forget();
    } finally {
      this.#release(first);
    }
    const second = this.#take();
    try {
      if (second.checked !== undefined) await second.checked;
      return await use(second.helper, second);
    } catch (error) {
      throw error instanceof StaleHelperError ? internalError("a root of the sandbox keeps being replaced") : error;
    } finally {
      this.#release(second);
    }
  }

  #take(): Kept {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#kept?.helper.alive === false) this.#kept = undefined;
    this.#kept ??= this.#start();
    this.#kept.users++;
    return this.#kept;
  }

  #release(kept: Kept): void {
    if (--kept.users > 0) return;
    if (kept !== this.#kept) return this.#end(kept);
    if (kept.helper.grown(this.#options.maxBytes)) return this.rest();
    this.#rested ??= Promise.withResolvers();
    const timer = setTimeout(() => this.rest(), this.#options.idleMs);
    Deno.unrefTimer(timer);
    this.#timer = timer;
  }

  #forget(): void {
    this.#rested?.resolve();
    this.#rested = undefined;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#kept = undefined;
  }

  #end({ helper }: Kept): void {
    const ending = helper.close().finally(() => this.#ending.delete(ending));
    this.#ending.add(ending);
  }

  #start(): Kept {
    const { spawn, flags, walls, libc, check } = this.#options;
    const helper = new SandboxHelper({
      spawn,
      flags: flags(this.#policy),
      config: { policy: this.#policy, walls, libc, memory: [...this.#memory.values()] },
      learned: (memory) => this.#learn(memory),
    });
    const kept: Kept = { helper, checked: helper.walls().then(check), users: 0 };
    kept.checked?.then(() => kept.checked = undefined, () => {});
    return kept;
  }

  #learn(memory: Memory): void {
    if (this.#memory.size >= LIMITS.maxCarriedObjects) this.#memory.delete(this.#memory.keys().next().value as string);
    this.#memory.set(memory.identity, memory);
  }
}
