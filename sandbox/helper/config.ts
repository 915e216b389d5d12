import type { Policy } from "../policy.ts";
import type { Memory } from "./memory.ts";

/** Which walls a helper is asked to raise; all are by default. */
export interface WallOptions {
  /** Walks on descriptors by FFI; without it on canonical paths. */
  readonly descriptors: boolean;
  /** Restricts the thread by Landlock. */
  readonly landlock: boolean;
}

/** The first message to a helper. */
export interface HelperConfig {
  /** What the helper lets through. */
  readonly policy: Policy;
  /** What it raises. */
  readonly walls: WallOptions;
  /** Absolute path of the C library; absent where there is none to use. */
  readonly libc?: string | undefined;
  /** What earlier helpers of the policy learned. */
  readonly memory: readonly Memory[];
}

/** The walls that stand, as the helper itself found when it tried them. */
export interface Walls {
  /** Every step on descriptors, so that nothing can be swapped between check and use. */
  readonly descriptors: boolean;
  /** The ABI of Landlock, or 0: the kernel does not restrict the helper. */
  readonly landlock: number;
  /** Whether its permissions are those of a worker, which has no denies, and not those of a process. */
  readonly worker: boolean;
  /** The permissions of Deno that the helper has no more: no new library, no program, no network. */
  readonly permissions: boolean;
  /** Why a wall that was asked for does not stand. */
  readonly missing: readonly string[];
}

/** What the main thread of a self-started helper did for its worker. */
export interface Inherited {
  /** The ABI of the Landlock domain around it, or 0. */
  readonly landlock: number;
  /** Why there is none, if so. */
  readonly missing?: string | undefined;
}

/** The helper's answer to its config. */
export interface Ready {
  /** What stands. */
  readonly walls: Walls;
}
