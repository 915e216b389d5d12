import { pathExists } from "./path_exists.ts";
import { closeDescriptors, moveUp } from "../posix/descriptors.ts";
import { cString, openLibc } from "../posix/libc.ts";
import { PosixError } from "../posix/posix_spawn.ts";

const O_WRONLY = 1, O_CLOEXEC = 0o2000000;
const CONTROLLERS = ["memory", "pids"];

/** Limits that only the kernel can keep. */
export interface KernelLimits {
  /** Bytes of memory, swap included. */
  readonly memoryBytes?: number | undefined;
  /** Processes and threads at once. */
  readonly pids?: number | undefined;
}

/** Where cgroups for processes can be made, or why nowhere. */
export type CgroupProbe =
  | { readonly works: true; readonly directory: string }
  | { readonly works: false; readonly reason: string };

/** What the cgroup of a server looks like; read from files so that any tree can be described. */
export interface CgroupFiles {
  /** Text of `/proc/self/cgroup`. */
  readonly cgroups: string;
  /** Text of `/proc/self/mountinfo`. */
  readonly mounts: string;
}

/**
 * The directory of a process's own cgroup in the version 2 hierarchy; cgroups(7).
 *
 * @returns undefined when there is no such hierarchy, or it is not mounted
 */
export function ownCgroup({ cgroups, mounts }: CgroupFiles): string | undefined {
  const path = /^0::(\/.*)$/m.exec(cgroups)?.[1];
  if (path === undefined) return undefined;
  for (const line of mounts.split("\n")) {
    const fields = line.split(" ");
    if (fields[fields.indexOf("-") + 1] !== "cgroup2") continue;
    const root = fields[3] ?? "/", point = fields[4] as string;
    const below = root === "/" ? path : path === root || path.startsWith(`${root}/`) ? path.slice(root.length) : "";
    return `${point}${below === "/" ? "" : below}`;
  }
  return undefined;
}

/** Looks whether cgroups with limits can be made here, by making one. */
export function probeCgroups(): CgroupProbe {
  if (Deno.build.os !== "linux") return { works: false, reason: "cgroups need Linux" };
  try {
    const directory = ownCgroup({
      cgroups: Deno.readTextFileSync("/proc/self/cgroup"),
      mounts: Deno.readTextFileSync("/proc/self/mountinfo"),
    });
    if (directory === undefined) return { works: false, reason: "no cgroup v2 hierarchy is mounted" };
    const offered = words(Deno.readTextFileSync(`${directory}/cgroup.controllers`));
    const lacking = CONTROLLERS.filter((name) => !offered.includes(name));
    if (lacking.length > 0) {
      return { works: false, reason: `cgroup v2 has no ${lacking.join(" and ")} controller here` };
    }
    enableControllers(directory);
    const trial = `${directory}/exec-server-trial-${Deno.pid}`;
    Deno.mkdirSync(trial);
    try {
      Deno.writeTextFileSync(`${trial}/memory.max`, "max");
      Deno.writeTextFileSync(`${trial}/pids.max`, "max");
    } finally {
      Deno.removeSync(trial);
    }
    return { works: true, directory };
  } catch (error) {
    return { works: false, reason: `cgroup v2 is not writable: ${(error as Error).message}` };
  }
}

function enableControllers(directory: string): void {
  const enabled = words(Deno.readTextFileSync(`${directory}/cgroup.subtree_control`));
  const wanted = CONTROLLERS.filter((name) => !enabled.includes(name));
  if (wanted.length === 0) return;
  Deno.writeTextFileSync(`${directory}/cgroup.subtree_control`, wanted.map((name) => `+${name}`).join(" "));
}

function words(text: string): string[] {
  return text.trim().split(/\s+/);
}

/** The cgroup of one process. */
export class ProcessCgroup {
  /** Its directory. */
  readonly path: string;
  /** Descriptor of its `cgroup.procs`, for the process to write itself into. */
  readonly procsFd: number;
  readonly #limits: KernelLimits;

  /** @throws {PosixError} or {Error} when it cannot be made */
  constructor(parent: string, limits: KernelLimits) {
    this.#limits = limits;
    this.path = `${parent}/exec-server-${crypto.randomUUID()}`;
    Deno.mkdirSync(this.path);
    try {
      if (limits.memoryBytes !== undefined) {
        this.#write("memory.max", limits.memoryBytes);
        this.#write("memory.oom.group", 1);
        if (pathExists(`${this.path}/memory.swap.max`)) this.#write("memory.swap.max", 0);
      }
      if (limits.pids !== undefined) this.#write("pids.max", limits.pids);
      const { call, errno } = openLibc();
      const fd = call.open(cString(`${this.path}/cgroup.procs`), O_WRONLY | O_CLOEXEC, 0);
      if (fd < 0) throw new PosixError("open", errno());
      this.procsFd = moveUp(fd);
    } catch (error) {
      Deno.removeSync(this.path);
      throw error;
    }
  }

  /** Closes what only the start needed. */
  started(): void {
    closeDescriptors(this.procsFd);
  }

  /** Which limit its processes met, if any; to be asked before {@linkcode remove}. */
  failure(): string | undefined {
    const { memoryBytes, pids } = this.#limits;
    if (memoryBytes !== undefined && this.#event("memory.events", "oom_kill") > 0) {
      return `memory limit of ${memoryBytes} bytes exceeded`;
    }
    if (pids !== undefined && this.#event("pids.events", "max") > 0) return `limit of ${pids} processes exceeded`;
    return undefined;
  }

  /** Kills what is left in it and removes it. */
  async remove(): Promise<void> {
    for (let attempt = 1; attempt <= 50; attempt++) {
      try {
        if (attempt === 1 && pathExists(`${this.path}/cgroup.kill`)) this.#write("cgroup.kill", 1);
        Deno.removeSync(this.path);
        return;
      } catch (error) {
        if (error instanceof Deno.errors.NotFound) return;
        // killed processes leave it a moment later
        await new Promise((resolve) => setTimeout(resolve, 2 * attempt));
      }
    }
  }

  #write(name: string, value: number): void {
    Deno.writeTextFileSync(`${this.path}/${name}`, String(value));
  }

  #event(file: string, name: string): number {
    try {
      const text = Deno.readTextFileSync(`${this.path}/${file}`);
      return Number(new RegExp(`^${name} (\\d+)$`, "m").exec(text)?.[1] ?? 0);
    } catch {
      return 0;
    }
  }
}
