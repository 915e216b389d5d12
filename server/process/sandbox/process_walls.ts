import type { SandboxInfo } from "../../../protocol/mod.ts";
import { MIN_LANDLOCK_ABI } from "../../../sandbox/mod.ts";
import { landlockAbi } from "../../../sandbox/posix/landlock.ts";
import { closeDescriptors } from "../../posix/descriptors.ts";
import { type CgroupProbe, probeCgroups } from "../cgroup_limits.ts";
import type { Spawner } from "../spawner.ts";
import { type BwrapProbe, probeBwrap } from "./bwrap_probe.ts";
import { type LauncherKind, type Launchers, RULESET_FD } from "./launchers.ts";
import { openRuleset } from "./landlock_spawn.ts";
import { sandboxLibc } from "./open_without_links.ts";
import { runTrial } from "./trial.ts";

/** Whether a wall stands on this machine. */
export type Wall = { readonly works: true } | { readonly works: false; readonly reason: string };

/** What confines processes on this machine. */
export interface ProcessWalls {
  /** Namespaces and mounts, by bubblewrap. */
  readonly bwrap: BwrapProbe;
  /** The launcher with its seccomp programs; needed by all others. */
  readonly seccomp: Wall;
  /** Landlock of a usable ABI. */
  readonly landlock: Wall & { readonly abi: number };
  /** The sandbox of macOS. */
  readonly seatbelt: Wall;
  /** Limits of memory and processes; they confine nothing. */
  readonly cgroup: CgroupProbe;
}

/** Where to look. */
export interface WallSearch {
  /** The bubblewrap to use; default the first on `searchPath`. */
  readonly bwrap?: string | undefined;
  /** `PATH` of the server. */
  readonly searchPath: string;
  /** Starts what tries a wall. */
  readonly spawner: Spawner;
}

/** What a launcher prints that was confined and then found nothing to start. */
const CONFINED = /Failed to execvp trial/;

/** Tries every wall by really raising it once around a program. */
export async function probeWalls(search: WallSearch, launchers: Launchers): Promise<ProcessWalls> {
  const [bwrap, seccomp, landlock] = await Promise.all([
    probeBwrap({ path: search.bwrap, searchPath: search.searchPath }),
    tryLauncher({ way: "calls" }, search.spawner, launchers),
    tryLandlock(search.spawner, launchers),
  ]);
  return { bwrap, seccomp, landlock, seatbelt: findSeatbelt(), cgroup: probeCgroups() };
}

/** Only ever this one: a name on PATH could be anybody's. */
export const SEATBELT = "/usr/bin/sandbox-exec";

function findSeatbelt(): Wall {
  if (Deno.build.os !== "darwin") return { works: false, reason: "it is part of macOS" };
  try {
    if (Deno.statSync(SEATBELT).isFile) return { works: true };
  } catch {
    // said below
  }
  return { works: false, reason: `${SEATBELT} is missing` };
}

/** The walls as `environmentInfo` tells about them, the strongest first. */
export function describeWalls(walls: ProcessWalls): NonNullable<SandboxInfo["process"]> {
  const { bwrap, seccomp, landlock, seatbelt } = walls;
  if (Deno.build.os === "darwin") {
    return seatbelt.works ? { walls: ["seatbelt"] } : { walls: [], missing: [`seatbelt: ${seatbelt.reason}`] };
  }
  const standing = [
    ...bwrap.works ? [`bubblewrap:${bwrap.version}`] : [],
    ...landlock.works ? [`landlock:${landlock.abi}`] : [],
    ...seccomp.works ? ["seccomp"] : [],
  ];
  const missing = [
    ...bwrap.works ? [] : [`bubblewrap: ${bwrap.reason}`],
    ...landlock.works ? [] : [`landlock: ${landlock.reason}`],
    ...seccomp.works ? [] : [`seccomp: ${seccomp.reason}`],
  ];
  return missing.length === 0 ? { walls: standing } : { walls: standing, missing };
}

/** Lets a launcher confine itself and then start nothing. */
export async function tryLauncher(
  kind: LauncherKind,
  spawner: Spawner,
  launchers: Launchers,
  rulesetFd?: number,
): Promise<Wall> {
  if (!spawner.terminals) return { works: false, reason: "it needs Linux with glibc and FFI permission" };
  try {
    const { code, text } = await runTrial(spawner, {
      program: launchers.path(kind),
      argv: ["exec-server-launcher", "trial", ""],
      ...(rulesetFd === undefined ? {} : { opens: [{ fd: RULESET_FD, from: rulesetFd }] }),
    });
    if (CONFINED.test(text)) return { works: true };
    return { works: false, reason: text === "" ? `the launcher ended with ${code}` : text };
  } catch (error) {
    return { works: false, reason: `the launcher does not start: ${(error as Error).message}` };
  }
}

async function tryLandlock(spawner: Spawner, launchers: Launchers): Promise<ProcessWalls["landlock"]> {
  let fd: number | undefined;
  let abi = 0;
  try {
    abi = landlockAbi(sandboxLibc());
    if (abi < MIN_LANDLOCK_ABI) {
      return { works: false, abi, reason: `ABI ${abi}, but ${MIN_LANDLOCK_ABI} is needed (Linux 6.12)` };
    }
    fd = openRuleset([], "restricted").fd;
    return { ...await tryLauncher({ way: "landlock" }, spawner, launchers, fd), abi };
  } catch (error) {
    return { works: false, abi, reason: (error as Error).message };
  } finally {
    if (fd !== undefined) closeDescriptors(fd);
  }
}
