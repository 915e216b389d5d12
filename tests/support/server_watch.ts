import { childrenOf, readOrEmpty, watchdogOf } from "../faults/support/descendants.ts";
import { fdCount } from "./fd_count.ts";
import { median, trendOf } from "./trend.ts";

/** Resident memory of a server alone, bytes; its helpers and processes come and go. */
export function ownMemory(pid: number): number {
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(readOrEmpty(`/proc/${pid}/status`))?.[1] ?? "0") * 1024;
}

/** What a server holds at one moment. */
export interface Holdings {
  readonly descriptors: number;
  /** Sandbox helpers. */
  readonly helpers: number;
  /** Children besides helpers and the watchdog. */
  readonly processes: number;
}

/** Looks at a server from outside; Linux only. */
export function holdingsOf(pid: number): Holdings {
  const watchdog = watchdogOf(pid);
  const children = childrenOf(pid).filter((child) => child !== watchdog);
  const helpers = children.filter(isHelper).length;
  return { descriptors: fdCount(pid), helpers, processes: children.length - helpers };
}

/** Whether a server has no session, process or helper, and no more descriptors than before. */
export function isIdle(pid: number, before?: Holdings): boolean {
  const { processes, helpers, descriptors } = holdingsOf(pid);
  return processes === 0 && helpers === 0 && (before === undefined || descriptors <= before.descriptors);
}

/** What the descriptors of a process lead to, numbers left out: how often each. */
export function descriptorKinds(pid: number): ReadonlyMap<string, number> {
  const kinds = new Map<string, number>();
  for (const { name } of Deno.readDirSync(`/proc/${pid}/fd`)) {
    let kind = "gone";
    try {
      kind = Deno.readLinkSync(`/proc/${pid}/fd/${name}`).replace(/\d+/g, "N");
      if (kind.startsWith("/")) kind += ` ${/flags:\s+(\d+)/.exec(readOrEmpty(`/proc/${pid}/fdinfo/${name}`))?.[1]}`;
    } catch {
      // closed meanwhile
    }
    kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
  }
  return kinds;
}

/** Whether a process is a helper of the file sandbox. */
export function isHelper(pid: number): boolean {
  return readOrEmpty(`/proc/${pid}/cmdline`).includes("helper_program.js");
}

/** Resident memory of a server over time. */
export class MemoryRecord {
  readonly #samples: number[] = [];
  readonly #timer: ReturnType<typeof setInterval>;

  /** Looks at the server this often until {@linkcode stop}. */
  constructor(pid: number, everyMs: number) {
    this.#timer = setInterval(() => this.#samples.push(ownMemory(pid)), everyMs);
  }

  /** No further samples. */
  stop(): void {
    clearInterval(this.#timer);
  }

  /** The most there was, MiB. */
  get peak(): number {
    return Math.max(0, ...this.#samples) / 2 ** 20;
  }

  /** The middle of all behind the first fifth, MiB. */
  get median(): number {
    return median(this.#steady) / 2 ** 20;
  }

  /** How much it grew behind the first fifth, in which an idle server takes its working memory again, MiB. */
  get trend(): number {
    return trendOf(this.#steady) / 2 ** 20;
  }

  get #steady(): readonly number[] {
    return this.#samples.slice(Math.floor(this.#samples.length / 5));
  }
}
