/**
 * The sandbox: what a permission profile allows and how this host enforces it.
 *
 * @module
 */
export * from "./decision.ts";
export * from "./deno_flags.ts";
export * from "./encode_sandbox.ts";
export { HelperPool, type HelperPoolOptions } from "./helper_pool.ts";
export type { WallOptions, Walls } from "./helper/config.ts";
export {
  denoSpawner,
  type DenoSpawnerOptions,
  type HelperProcess,
  SELF_HELPER_ARGUMENT,
  selfSpawner,
  type SpawnHelper,
} from "./spawn_helper.ts";
export * from "./host_facts.ts";
export * from "./host_walls.ts";
export * from "./legacy_policy.ts";
export { NameWatch, openNameWatch, type WatchedPaths } from "./name_watch.ts";
export * from "./observed_facts.ts";
export * from "./parse_sandbox.ts";
export * from "./policy.ts";
export * from "./policy_key.ts";
export * from "./profile.ts";
export * from "./resolve.ts";
export * from "./resolved_profiles.ts";
export * from "./restricts.ts";
export * from "./process/bwrap_arguments.ts";
export * from "./process/confinement.ts";
export * from "./process/match_deny_globs.ts";
export * from "./process/mount_plan.ts";
export * from "./process/seccomp.ts";
export * from "./process/landlock_plan.ts";
export * from "./process/codex_launcher.ts";
export * from "./process/seatbelt_policy.ts";
export type { LandlockAccess } from "./posix/landlock.ts";
