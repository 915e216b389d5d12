import { canOpen, type LandlockRule, restrictThread } from "../posix/landlock.ts";
import { type Libc, openLibc } from "../posix/libc.ts";
import { PosixDisk } from "../posix/posix_disk.ts";
import { memoryTrimmer } from "../posix/trim_memory.ts";
import { Anchors, lookUp } from "./anchors.ts";
import type { HelperConfig, Inherited, Walls } from "./config.ts";
import type { Directory, Disk } from "./disk.ts";
import { Guard } from "./guard.ts";
import { PortableDisk } from "./portable_disk.ts";

/** What stands between the operations and the disk. */
export interface Raised {
  readonly disk: Disk;
  /** Undefined without FFI. */
  readonly libc: Libc | undefined;
  /** Gives memory back that was only needed for the start. */
  readonly trimMemory: () => void;
  readonly walls: Walls;
}

/**
 * Raises the walls from the inside and tries each one. Whatever cannot be raised is named, never passed over.
 *
 * @param inherited what stands around this thread already; Landlock is then only tried
 */
export function raiseWalls(config: HelperConfig, guard: Guard, anchors: Anchors, inherited?: Inherited): Raised {
  const missing: string[] = [];
  let libc: Libc | undefined;
  try {
    if (config.libc !== undefined) libc = openLibc(config.libc);
    else if (config.walls.descriptors) missing.push("descriptors: no C library");
  } catch (error) {
    missing.push(`descriptors: ${textOf(error)}`);
  }
  const descriptors = libc !== undefined && config.walls.descriptors;
  const disk = descriptors ? new PosixDisk(libc as Libc) : new PortableDisk();
  const trimMemory = libc === undefined ? () => {} : memoryTrimmer(libc);
  const rules = findRules(disk, anchors);
  let landlock = 0;
  try {
    if (!config.walls.landlock) missing.push("landlock: not asked for");
    else if (inherited?.missing !== undefined) missing.push(inherited.missing);
    else if (libc === undefined) missing.push("landlock: no C library");
    else landlock = inherited?.landlock ?? restrict(new PosixDisk(libc), libc, rules);
    const problem = landlock === 0 ? undefined : tryLandlock(libc as Libc, guard);
    if (problem !== undefined) throw new Error(problem);
  } catch (error) {
    landlock = 0;
    missing.push(`landlock: ${textOf(error)}`);
  }
  const permissions = dropPermissions();
  if (!permissions) missing.push("permissions: the helper was started with more than it needs");
  return {
    disk,
    libc,
    trimMemory,
    walls: { descriptors, landlock, worker: inherited !== undefined, permissions, missing },
  };
}

/** Raises Landlock around this thread, for the worker that it starts next. */
export function raiseLandlock({ policy, walls, libc: path }: HelperConfig): Inherited {
  if (!walls.landlock || path === undefined) return { landlock: 0 };
  try {
    const libc = openLibc(path);
    const disk = new PosixDisk(libc);
    return { landlock: restrict(disk, libc, findRules(disk, new Anchors(new Guard(policy)))) };
  } catch (error) {
    return { landlock: 0, missing: `landlock: ${textOf(error)}` };
  }
}

interface Rule {
  readonly path: string;
  readonly access: "read" | "write";
  readonly isDirectory: boolean;
}

function findRules(disk: Disk, anchors: Anchors): Rule[] {
  return anchors.rules().flatMap(({ path, access }) => {
    const facts = lookUp(disk, path);
    anchors.found(path, facts);
    // a link grants nothing by itself: where it leads has an entry of its own, or none
    if (facts?.kind !== "directory" && facts?.kind !== "file") return [];
    return [{ path, access, isDirectory: facts.kind === "directory" }];
  });
}

function restrict(disk: PosixDisk, libc: Libc, rules: readonly Rule[]): number {
  const opened: Directory[] = [];
  try {
    const landlockRules: LandlockRule[] = [];
    for (const { path, access, isDirectory } of rules) {
      const fd = isDirectory ? disk.jump(path) : disk.pin(path);
      if (fd === undefined) continue;
      opened.push(fd);
      landlockRules.push({ fd: fd as number, isDirectory, access });
    }
    return restrictThread(libc, landlockRules);
  } finally {
    for (const fd of opened) disk.leave(fd);
  }
}

/** Does something that only Landlock forbids. @returns what is wrong, if anything */
function tryLandlock(libc: Libc, guard: Guard): string | undefined {
  const { fullRead, fullWrite } = guard.policy;
  if (fullWrite || guard.access("/dev/null") === "write") return "the policy leaves nothing to forbid";
  if (canOpen(libc, "/dev/null", "write")) return "a forbidden file could be written";
  if (!fullRead && guard.access("/") === "none" && canOpen(libc, "/", "read")) {
    return "a forbidden directory could be read";
  }
  return undefined;
}

/** Gives up what is not needed after the start, and asks Deno whether it is gone. */
function dropPermissions(): boolean {
  const names = ["ffi", "run", "net", "env", "sys", "import"] as const;
  for (const name of names) Deno.permissions.revokeSync({ name });
  return names.every((name) => Deno.permissions.querySync({ name }).state !== "granted");
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
