import { DisconnectedError } from "../errors.ts";
import type { ExecServerClient } from "../exec_server_client.ts";
import type { EnvironmentStatus } from "../environment.ts";

/** How a client is shared. */
export interface SharedClientOptions {
  /** Opens a session. @param signal aborts when the environment is closed */
  readonly connect: (signal: AbortSignal) => Promise<ExecServerClient>;
  /** Whether a new session is opened after one was lost for good; a program that ended is not started again. */
  readonly reopen: boolean;
}

/**
 * One client for all users of an environment. Nothing is opened before the first use; concurrent users share one attempt;
 * a failed attempt is forgotten, and the next use tries again.
 *
 * Source: environments, section 1.11.
 */
export class SharedClient implements AsyncDisposable {
  readonly #options: SharedClientOptions;
  readonly #closing = new AbortController();
  #attempt: Promise<ExecServerClient> | undefined;
  #client: ExecServerClient | undefined;
  #failure: string | undefined;

  /** Nothing is opened yet. @param options how to open a session */
  constructor(options: SharedClientOptions) {
    this.#options = options;
  }

  /** The open client; undefined before the first use and after its end. */
  get client(): ExecServerClient | undefined {
    return this.#client?.failure === undefined ? this.#client : undefined;
  }

  /** What is known without asking the server. */
  get status(): EnvironmentStatus {
    const error = this.#client?.failure ?? this.#failure;
    if (error !== undefined) return { status: "disconnected", error };
    if (this.#client === undefined) return { status: "pending" };
    if (this.#client.connected) return { status: "ready" };
    return { status: "disconnected", error: "exec-server environment is recovering" };
  }

  /** The client, opened if necessary. @throws {Error} when it cannot be opened, or was lost and is not opened again */
  readonly get = (): Promise<ExecServerClient> => {
    const lost = this.#client?.failure !== undefined;
    if (lost && this.#options.reopen && !this.#closing.signal.aborted) {
      this.#client = undefined;
      this.#attempt = undefined;
    }
    this.#attempt ??= this.#open();
    return this.#attempt;
  };

  /** Ends the client, or the attempt to open one; further uses fail. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort(new DisconnectedError("exec-server transport closed"));
    const attempt = this.#attempt;
    this.#attempt = Promise.reject(this.#closing.signal.reason);
    this.#attempt.catch(() => {});
    const client = await attempt?.catch(() => undefined);
    await client?.close();
  }

  async #open(): Promise<ExecServerClient> {
    const { signal } = this.#closing;
    try {
      this.#client = await this.#options.connect(signal);
      this.#failure = undefined;
      return this.#client;
    } catch (error) {
      this.#failure = error instanceof Error ? error.message : String(error);
      if (!signal.aborted) this.#attempt = undefined;
      throw error;
    }
  }
}
