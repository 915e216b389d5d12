import type { LandlockPlace, NetworkAccess } from "../../../sandbox/mod.ts";
import { createRuleset, type LandlockRule, type Ruleset } from "../../../sandbox/posix/landlock.ts";
import { closeDescriptors, moveUp } from "../../posix/descriptors.ts";
import { cString } from "../../posix/libc.ts";
import type { SpawnSpec } from "../spawner.ts";
import type { PreparedSpawn } from "./bwrap_spawn.ts";
import { RULESET_FD } from "./launchers.ts";
import { sandboxLibc } from "./open_without_links.ts";

const AT_FDCWD = -100,
  O_PATH_NOFOLLOW_CLOEXEC = 0o10000000 | 0o2000000 |
    (Deno.build.arch === "aarch64" ? 0o100000 : 0o400000);

/**
 * Wraps a start into the launcher that Landlock and seccomp hold; they hold what it becomes, and leave the server's own
 * threads as they are.
 *
 * @param launch arguments of the launcher
 * @param launcher path of one that restricts itself by its ruleset
 * @throws {LandlockError}
 */
export function landlockSpawn(
  spec: SpawnSpec,
  launch: readonly string[],
  network: NetworkAccess,
  places: readonly LandlockPlace[],
  launcher: string,
): PreparedSpawn {
  const ruleset = openRuleset(places, network);
  return {
    spec: {
      ...spec,
      program: launcher,
      argv: ["exec-server-launcher", ...launch],
      opens: [...spec.opens ?? [], { fd: RULESET_FD, from: ruleset.fd }],
    },
    started: () => closeDescriptors(ruleset.fd),
  };
}

/** A ruleset of these places, as far as they exist. @throws {Error} without a C library; {LandlockError} */
export function openRuleset(places: readonly LandlockPlace[], network: NetworkAccess): Ruleset {
  const libc = sandboxLibc();
  const rules: LandlockRule[] = [];
  try {
    for (const { path, access } of places) {
      const fd = libc.call.openat(AT_FDCWD, cString(path), O_PATH_NOFOLLOW_CLOEXEC, 0);
      if (fd >= 0) rules.push({ fd, access, isDirectory: Deno.statSync(`/proc/self/fd/${fd}`).isDirectory });
    }
    const { fd, abi } = createRuleset(libc, rules, network === "enabled");
    return { fd: moveUp(fd), abi };
  } finally {
    for (const { fd } of rules) closeDescriptors(fd);
  }
}
