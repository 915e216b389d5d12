import { LIMITS } from "../../../protocol/mod.ts";
import type { ToolProcess } from "./tool_process.ts";

const FIRST_ID = 1_000, LAST_ID = 99_999;
/** So many of those used last are never given up. */
const PROTECTED = 8;

/** The running processes a model can come back to (environments, section 7.1). */
export class ProcessStore implements AsyncDisposable {
  // least recently used first
  readonly #processes = new Map<number, ToolProcess>();
  readonly #ending = new Set<Promise<void>>();

  /** Keeps a process, and ends another one when there are too many. @returns its session id */
  add(process: ToolProcess): number {
    if (this.#processes.size >= LIMITS.maxToolProcesses) this.#prune();
    const id = this.#freeId();
    this.#processes.set(id, process);
    return id;
  }

  /** The process of a session, which now is the one used last. */
  use(id: number): ToolProcess | undefined {
    const process = this.#processes.get(id);
    if (process !== undefined) {
      this.#processes.delete(id);
      this.#processes.set(id, process);
    }
    return process;
  }

  /** Forgets a session and ends its process if it runs. */
  remove(id: number): void {
    const process = this.#processes.get(id);
    if (process === undefined) return;
    this.#processes.delete(id);
    this.end(process);
  }

  /** Ends a process that is not kept; disposing waits for it. */
  end(process: ToolProcess): void {
    const ended = process[Symbol.asyncDispose]().finally(() => this.#ending.delete(ended));
    this.#ending.add(ended);
  }

  /** Ends every process. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const id of [...this.#processes.keys()]) this.remove(id);
    await Promise.all(this.#ending);
  }

  #prune(): void {
    const candidates = [...this.#processes].slice(0, -PROTECTED);
    const [id] = candidates.find(([, process]) => process.ended) ?? candidates[0] ?? [];
    if (id !== undefined) this.remove(id);
  }

  #freeId(): number {
    for (;;) {
      const id = FIRST_ID + Math.floor(Math.random() * (LAST_ID - FIRST_ID + 1));
      if (!this.#processes.has(id)) return id;
    }
  }
}
