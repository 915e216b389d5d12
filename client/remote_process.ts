import {
  decodeBase64,
  type ProcessEvent,
  ProcessEventIterator,
  ProcessEventLog,
  type ProcessExit,
  processExit,
  type ProcessHandle,
  type ProcessSnapshot,
  type SignalName,
  type WriteStatus,
} from "../protocol/mod.ts";
import type { ProcessCalls } from "./process_calls.ts";

/** How far a process is read. */
export interface ReadOptions {
  /** Deliver output after this position. */
  readonly afterSeq?: number;
  /** Stop before exceeding this, but deliver at least one chunk. */
  readonly maxBytes?: number;
  /** Wait this long for news, ms. */
  readonly waitMs?: number;
}

/**
 * A process behind an exec-server.
 *
 * Source: environments, sections 1.6 to 1.8.
 */
export class RemoteProcess implements ProcessHandle {
  readonly processId: string;
  /** Its events, in order. */
  readonly log: ProcessEventLog = new ProcessEventLog();
  readonly #calls: ProcessCalls;
  /** Takes it out of the client's table: later notifications are ignored. */
  readonly forget: () => void;
  #nextWriteId = 1;
  #sandboxType = "none";

  /** Made before it is started, since output may arrive before the answer. */
  constructor(processId: string, calls: ProcessCalls, forget: () => void) {
    this.processId = processId;
    this.#calls = calls;
    this.forget = forget;
  }

  get sandboxType(): string {
    return this.#sandboxType;
  }

  /** Notes what the executor answered to the start. */
  started(sandboxType: string | undefined): void {
    this.#sandboxType = sandboxType ?? "none";
  }

  events(afterSeq = 0): AsyncIterableIterator<ProcessEvent, void> {
    return new ProcessEventIterator(this.log, afterSeq, (after) => this.read({ afterSeq: after }));
  }

  [Symbol.asyncIterator](): AsyncIterator<ProcessEvent, void> {
    return this.events();
  }

  async read(options: ReadOptions = {}): Promise<ProcessSnapshot> {
    const { failure, sandboxDenied, ...result } = await this.#calls.call("process/read", {
      processId: this.processId,
      afterSeq: options.afterSeq ?? null,
      maxBytes: options.maxBytes ?? null,
      waitMs: options.waitMs ?? 0,
    });
    const chunks = result.chunks.map(({ seq, stream, chunk }) => {
      return { type: "output", seq, stream, bytes: decodeBase64(chunk) } as const;
    });
    return { ...result, chunks, failure: failure ?? null, sandboxDenied: sandboxDenied ?? false };
  }

  wait(): Promise<ProcessExit> {
    return processExit(this.log);
  }

  async write(bytes: Uint8Array): Promise<WriteStatus> {
    const { processId } = this;
    const writeId = String(this.#nextWriteId++);
    const { status } = await this.#calls.call("process/write", { processId, chunk: bytes.toBase64(), writeId });
    return status;
  }

  async closeStdin(): Promise<WriteStatus> {
    const { status } = await this.#calls.call("process/closeStdin", { processId: this.processId });
    return status;
  }

  async signal(signal: SignalName): Promise<void> {
    await this.#calls.call("process/signal", { processId: this.processId, signal });
  }

  async resize(rows: number, cols: number): Promise<void> {
    await this.#calls.call("process/resize", { processId: this.processId, rows, cols });
  }

  async terminate(): Promise<boolean> {
    const { running } = await this.#calls.call("process/terminate", { processId: this.processId });
    return running;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ended = this.log.exited !== undefined || this.log.failure !== undefined;
    try {
      if (!ended) await this.terminate();
    } finally {
      this.forget();
      this.log.fail(new Error(`process ${this.processId} was disposed`));
    }
  }
}
