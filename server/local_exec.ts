import { type ExecBackend, invalidRequest, type ProcessHandle, type ProcessSpec, TEXTS } from "../protocol/mod.ts";
import type { Handlers } from "./handlers/handlers.ts";
import type { ProcessContext } from "./handlers/process.ts";
import { LocalProcess } from "./local_process.ts";
import { Session, type SessionSettings } from "./session.ts";

/** What {@linkcode LocalExec} works with: the parts of a server that carry processes. */
export interface LocalExecSettings {
  /** What all sessions of the server share. */
  readonly session: SessionSettings;
  /** The server's own handlers of `process/*`, for a session. */
  handlers(context: Pick<ProcessContext, "session" | "signal">): Handlers;
}

/**
 * Starts processes on this machine through the server's own code, without a socket: environment policies, terminals,
 * sandbox and watchdog are those of a remote process. A process with a slow reader is held up, alone.
 *
 * Made by {@linkcode ExecServer.localExec}.
 */
export class LocalExec implements ExecBackend {
  readonly #settings: LocalExecSettings;
  readonly #processes = new Map<string, LocalProcess>();
  readonly #ending = new AbortController();

  /** Starts nothing yet. @param settings parts of a server */
  constructor(settings: LocalExecSettings) {
    this.#settings = settings;
  }

  /** Starts a program. @throws {RpcError} as `process/start` does */
  async start(spec: ProcessSpec): Promise<ProcessHandle> {
    this.#sweep();
    const processId = spec.processId ?? crypto.randomUUID();
    if (this.#ending.signal.aborted) throw invalidRequest("the server is shutting down");
    if (this.#processes.has(processId)) throw invalidRequest(TEXTS.processExists(processId));
    // a session of its own: how far one process is read holds up no other
    const session = new Session(this.#settings.session);
    const handlers = this.#settings.handlers({ session: () => session, signal: this.#ending.signal });
    const process = new LocalProcess(processId, session, handlers, () => this.#processes.delete(processId));
    this.#processes.set(processId, process);
    try {
      await process.start(spec);
    } catch (error) {
      process.end();
      throw error;
    }
    return process;
  }

  /** Kills every process; waiting reads return. */
  close(): void {
    this.#ending.abort();
    for (const process of [...this.#processes.values()]) process.end();
  }

  /** Ids of processes that were closed long enough ago are free again. */
  #sweep(): void {
    for (const process of [...this.#processes.values()]) if (process.isForgotten) process.end();
  }
}
