import {
  type Base64Body,
  decodeBase64,
  decodeParams,
  type MethodName,
  type NotificationParams,
  type ParamsOf,
  type ProcessEvent,
  ProcessEventIterator,
  ProcessEventLog,
  type ProcessExit,
  processExit,
  type ProcessHandle,
  type ProcessSnapshot,
  type ProcessSpec,
  type ResultOf,
  type SignalName,
  type WriteStatus,
} from "../protocol/mod.ts";
import type { Encodable, Handler, Handlers } from "./handlers/handlers.ts";
import type { NotificationTarget, Session } from "./session.ts";

/** A process of this machine, with the server's handlers behind it instead of a connection. */
export class LocalProcess implements ProcessHandle, NotificationTarget {
  readonly processId: string;
  readonly #session: Session;
  readonly #handlers: Handlers;
  readonly #forget: () => void;
  readonly #log = new ProcessEventLog();
  #sandboxType = "none";
  #started = false;

  /** Starts nothing yet. @param session its own; @param handlers of that session; @param forget frees its id */
  constructor(processId: string, session: Session, handlers: Handlers, forget: () => void) {
    this.processId = processId;
    this.#session = session;
    this.#handlers = handlers;
    this.#forget = forget;
    session.attach(this);
  }

  /** Starts the program. @throws {RpcError} as `process/start` does */
  async start(spec: ProcessSpec): Promise<void> {
    const { argv, cwd, env, tty, envPolicy, pipeStdin, arg0, rows, cols, sandbox } = spec;
    const { sandboxType } = await this.#call("process/start", {
      processId: this.processId,
      argv: [...argv],
      cwd,
      env: { ...env },
      tty: tty ?? false,
      envPolicy,
      pipeStdin: pipeStdin ?? false,
      arg0,
      rows,
      cols,
      sandbox,
    });
    this.#sandboxType = sandboxType ?? "none";
    this.#started = true;
  }

  get sandboxType(): string {
    return this.#sandboxType;
  }

  /** Whether it was closed and its time to be remembered is over. */
  get isForgotten(): boolean {
    return this.#started && this.#log.closed !== undefined && !this.#session.processes.has(this.processId);
  }

  get congested(): boolean {
    return this.#log.backlogged;
  }

  drained(): Promise<void> {
    return this.#log.drained();
  }

  notify(method: string, params: unknown): void {
    if (method === "process/output") {
      const { seq, stream, chunk } = params as Encodable<NotificationParams<"process/output">>;
      // the copy was made for this notification, and is kept instead of being given back
      this.#log.add({ type: "output", seq, stream, bytes: (chunk as Base64Body).bytes });
    } else if (method === "process/exited") {
      const { seq, exitCode, sandboxDenied = false } = params as NotificationParams<"process/exited">;
      this.#log.add({ type: "exited", seq, exitCode, sandboxDenied });
    } else if (method === "process/closed") {
      this.#log.add({ type: "closed", seq: (params as NotificationParams<"process/closed">).seq });
    }
  }

  events(afterSeq = 0): AsyncIterableIterator<ProcessEvent, void> {
    return new ProcessEventIterator(this.#log, afterSeq, (after) => this.read({ afterSeq: after }));
  }

  [Symbol.asyncIterator](): AsyncIterator<ProcessEvent, void> {
    return this.events();
  }

  async read(
    { afterSeq, maxBytes, waitMs }: {
      readonly afterSeq?: number;
      readonly maxBytes?: number;
      readonly waitMs?: number;
    } = {},
  ): Promise<ProcessSnapshot> {
    const { processId } = this;
    const { failure, sandboxDenied, ...result } = await this.#call("process/read", {
      processId,
      afterSeq,
      maxBytes,
      waitMs,
    });
    const chunks = result.chunks.map(({ seq, stream, chunk }) => {
      return { type: "output", seq, stream, bytes: decodeBase64(chunk) } as const;
    });
    return { ...result, chunks, failure: failure ?? null, sandboxDenied: sandboxDenied ?? false };
  }

  wait(): Promise<ProcessExit> {
    return processExit(this.#log);
  }

  async write(bytes: Uint8Array): Promise<WriteStatus> {
    const { status } = await this.#call("process/write", { processId: this.processId, chunk: bytes.toBase64() });
    return status;
  }

  async closeStdin(): Promise<WriteStatus> {
    const { status } = await this.#call("process/closeStdin", { processId: this.processId });
    return status;
  }

  async signal(signal: SignalName): Promise<void> {
    await this.#call("process/signal", { processId: this.processId, signal });
  }

  async resize(rows: number, cols: number): Promise<void> {
    await this.#call("process/resize", { processId: this.processId, rows, cols });
  }

  async terminate(): Promise<boolean> {
    const { running } = await this.#call("process/terminate", { processId: this.processId });
    return running;
  }

  /** Kills what runs and releases everything; who still waits gets an error. */
  end(): void {
    this.#session.end();
    this.#log.fail(new Error(`process ${this.processId} was disposed`));
    this.#forget();
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.end();
    return Promise.resolve();
  }

  async #call<M extends MethodName>(method: M, params: ParamsOf<M>): Promise<ResultOf<M>> {
    const handler = this.#handlers[method] as unknown as Handler<M>;
    return await handler(decodeParams(method, params)) as ResultOf<M>;
  }
}
