import type { EnvironmentInfo } from "../protocol/mod.ts";
import type { Walls } from "./helper/config.ts";
import { findLibc } from "./libc_path.ts";

/** What stands around sandboxed requests of one kind, as the wire says it. */
export type WallsInfo = NonNullable<NonNullable<EnvironmentInfo["sandbox"]>["filesystem"]>;

const LANDLOCK_CREATE_RULESET = 444, LANDLOCK_CREATE_RULESET_VERSION = 1;

/**
 * The walls that helpers will have on this host, found out within a millisecond by asking the kernel; a helper tries them
 * and knows for certain.
 *
 * @param libc null for none, as on other systems
 */
export function probeWalls(libc: string | null = findLibc() ?? null): Walls {
  const abi = libc === null ? "no C library" : landlockAbi(libc);
  const missing = [
    ...(libc === null ? ["descriptors: no C library"] : []),
    ...(typeof abi === "string" ? [`landlock: ${abi}`] : []),
  ];
  return {
    descriptors: libc !== null,
    landlock: typeof abi === "number" ? abi : 0,
    worker: Deno.build.standalone,
    permissions: true,
    missing,
  };
}

/** @returns the ABI, or why there is none */
function landlockAbi(libc: string): number | string {
  try {
    const parameters = ["i32", "usize", "usize", "u32"] as const;
    const library = Deno.dlopen(libc, { syscall: { parameters, result: "i32" } });
    const abi = library.symbols.syscall(LANDLOCK_CREATE_RULESET, 0n, 0n, LANDLOCK_CREATE_RULESET_VERSION);
    library.close();
    return abi > 0 ? abi : "the kernel has none, or a filter keeps it away";
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/**
 * The walls by their names on the wire: `descriptorWalk` or `canonicalPaths`, `landlock:ABI`, and `denoFlags` or, in a
 * compiled program, `workerPermissions`. None when nothing would run behind them.
 */
export function describeWalls({ descriptors, landlock, worker, missing }: Walls, enough: boolean): WallsInfo {
  const walls = [
    descriptors ? "descriptorWalk" : "canonicalPaths",
    ...(landlock > 0 ? [`landlock:${landlock}`] : []),
    worker ? "workerPermissions" : "denoFlags",
  ];
  return { walls: enough ? walls : [], ...(missing.length > 0 && { missing: [...missing] }) };
}
