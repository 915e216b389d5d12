import {
  type ProcessEvent,
  ProcessEventIterator,
  ProcessEventLog,
  type ProcessExit,
  processExit,
  type ProcessHandle,
  type ProcessSnapshot,
  type SignalName,
  TransportClosedError,
  type WriteStatus,
} from "../protocol/mod.ts";
import { decodeSnapshot } from "./decode_snapshot.ts";
import type { ProcessCalls } from "./process_calls.ts";
import { WriteOutbox } from "./write_outbox.ts";

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
 * A process behind an exec-server. Reads and writes survive a lost connection where the client recovers it; a signal, a
 * resize and `terminate` are sent once.
 *
 * Source: environments, sections 1.6 to 1.8.
 */
export class RemoteProcess implements ProcessHandle {
  readonly processId: string;
  /** Its events, in order. */
  readonly log: ProcessEventLog = new ProcessEventLog();
  /** Takes it out of the client's table: later notifications are ignored. */
  readonly forget: () => void;
  readonly #calls: ProcessCalls;
  readonly #outbox: WriteOutbox;
  #nextWriteId = 1;
  #sandboxType = "none";
  #started = false;

  /** Made before it is started, since output may arrive before the answer. */
  constructor(processId: string, calls: ProcessCalls, forget: () => void) {
    this.processId = processId;
    this.#calls = calls;
    this.#outbox = new WriteOutbox(calls);
    this.forget = forget;
  }

  get sandboxType(): string {
    return this.#sandboxType;
  }

  /** Whether the executor has said that it runs. */
  get isStarted(): boolean {
    return this.#started;
  }

  /** Notes what the executor answered to the start. */
  started(sandboxType: string | undefined): void {
    this.#sandboxType = sandboxType ?? "none";
    this.#started = true;
  }

  /** The connection is a new one: what has no answer is sent again. */
  resumed(): void {
    this.#outbox.resend();
  }

  /** Nothing more is heard of it. */
  lost(error: Error): void {
    this.log.fail(error);
    this.#outbox.fail(error);
  }

  events(afterSeq = 0): AsyncIterableIterator<ProcessEvent, void> {
    return new ProcessEventIterator(this.log, afterSeq, (after) => this.#read({ afterSeq: after }));
  }

  [Symbol.asyncIterator](): AsyncIterator<ProcessEvent, void> {
    return this.events();
  }

  async read(options: ReadOptions = {}): Promise<ProcessSnapshot> {
    try {
      if (this.log.failure === undefined) return await this.#read(options);
    } catch (error) {
      if (!(error instanceof TransportClosedError)) throw error;
      this.lost(error);
    }
    return {
      chunks: [],
      nextSeq: this.log.lastSeq + 1,
      exited: true,
      exitCode: null,
      closed: true,
      failure: this.log.failure?.message ?? null,
      sandboxDenied: false,
    };
  }

  wait(): Promise<ProcessExit> {
    return processExit(this.log);
  }

  async write(bytes: Uint8Array): Promise<WriteStatus> {
    if (this.log.failure !== undefined) throw this.log.failure;
    const writeId = String(this.#nextWriteId++);
    const params = { processId: this.processId, chunk: bytes.toBase64(), writeId };
    return await this.#outbox.push({ method: "process/write", params });
  }

  async closeStdin(): Promise<WriteStatus> {
    if (this.log.failure !== undefined) throw this.log.failure;
    return await this.#outbox.push({ method: "process/closeStdin", params: { processId: this.processId } });
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

  /** Terminates it on the executor, again after a recovery if need be; a lost one is out of reach. */
  async abandon(): Promise<void> {
    while (true) {
      try {
        await this.terminate();
        return;
      } catch (error) {
        if (!(error instanceof TransportClosedError)) throw error;
        if (!await this.#calls.recovered()) return;
      }
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      if (this.log.exited === undefined && this.log.failure === undefined) await this.abandon();
    } finally {
      this.forget();
      this.lost(new Error(`process ${this.processId} was disposed`));
    }
  }

  /** Reads, again after a recovery if need be. */
  async #read(options: ReadOptions): Promise<ProcessSnapshot> {
    const { afterSeq = null, maxBytes = null, waitMs = 0 } = options;
    const params = { processId: this.processId, afterSeq, maxBytes, waitMs };
    while (true) {
      try {
        return decodeSnapshot(await this.#calls.call("process/read", params));
      } catch (error) {
        if (!(error instanceof TransportClosedError) || !await this.#calls.recovered()) throw error;
      }
    }
  }
}
