import { probeCgroups } from "../cgroup_limits.ts";
import { PosixSpawner } from "../posix_spawner.ts";
import type { Spawner } from "../spawner.ts";
import { Launchers } from "./launchers.ts";
import { probeWalls, tryLauncher, type Wall } from "./process_walls.ts";

/** What came of trying one wall. */
export interface WallTest {
  /** `bubblewrap`, `userNamespaces`, `seccomp`, `landlock`, `cgroups` or `seatbelt`. */
  readonly name: string;
  /** Whether it stands. */
  readonly works: boolean;
  /** Its version or ABI, or why it does not work and what to do. */
  readonly detail: string;
}

/** What to try. */
export interface SelfTestOptions {
  /** The bubblewrap to try; default the first on `searchPath`. */
  readonly bwrap?: string | undefined;
  /** `PATH` to look for it; default that of this process. */
  readonly searchPath?: string;
  /** Starts the trials; default `posix_spawn`. */
  readonly spawner?: Spawner;
}

/**
 * Tries everything that can confine processes on this machine, each by really raising it around a program that ends at
 * once. Nothing is left behind.
 */
export async function testProcessWalls(options: SelfTestOptions = {}): Promise<WallTest[]> {
  let spawner: Spawner;
  try {
    spawner = options.spawner ?? new PosixSpawner();
  } catch (error) {
    return [{ name: "launcher", works: false, detail: `processes cannot be confined: ${(error as Error).message}` }];
  }
  const launchers = new Launchers();
  const searchPath = options.searchPath ?? Deno.env.get("PATH") ?? "";
  const walls = await probeWalls({ bwrap: options.bwrap, searchPath, spawner }, launchers);
  const namespaces = await tryLauncher({ way: "userNamespace" }, spawner, launchers);
  const test = (name: string, wall: Wall, detail: string): WallTest => ({
    name,
    works: wall.works,
    detail: wall.works ? detail : wall.reason,
  });
  const cgroups = probeCgroups();
  launchers.close();
  return [
    test("bubblewrap", walls.bwrap, walls.bwrap.works ? `version ${walls.bwrap.version}` : ""),
    test("userNamespaces", namespaces, "can be made by this user"),
    test("seccomp", walls.seccomp, "loaded by the launcher"),
    test("landlock", walls.landlock, `ABI ${walls.landlock.abi}`),
    test("cgroups", cgroups, "memory and processes can be limited"),
    ...Deno.build.os === "darwin" ? [test("seatbelt", walls.seatbelt, "found; untested on hardware")] : [],
  ];
}
