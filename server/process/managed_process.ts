import { Base64Body, type NotificationName, type NotificationParams } from "../../protocol/mod.ts";
import type { Encodable } from "../handlers/handlers.ts";
import type { ExitStatus } from "../posix/child_exit.ts";
import { killTree } from "./kill_group.ts";
import { OutputLog } from "./output_log.ts";
import { looksDenied } from "./sandbox/sandbox_denied.ts";
import type { Child, ChildEvents, StreamName } from "./spawner.ts";

/** Where a process lives: it gets the events and says when output has to wait. */
export interface ProcessOwner {
  /** Bytes of output to retain. */
  readonly retainedOutputBytes: number;
  /** Whether a client gets the events. */
  readonly attached: boolean;
  /** Whether output has to wait for the client; the owner resumes the process later. */
  readonly congested: boolean;
  /** The process retains this many bytes more, or fewer. */
  retained(process: ManagedProcess, change: number): void;
  /** Pushes an event to the client, if one is attached. */
  notify<N extends NotificationName>(method: N, params: Encodable<NotificationParams<N>>): void;
  /** The process was paused because of congestion. */
  paused(process: ManagedProcess): void;
  /** The process itself ended; children of its group may run on. */
  exited(process: ManagedProcess): void;
  /** The last event happened. */
  closed(process: ManagedProcess): void;
}

/** What is known of a process besides its events. */
export interface ProcessDescription {
  readonly id: string;
  readonly argv0: string;
  readonly tty: boolean;
  /** Whether it was started with a sandbox context. */
  readonly sandboxed: boolean;
  /** Bytes of output after which it is ended. */
  readonly outputLimit?: number | undefined;
}

/**
 * One process of a session: it numbers output, exit and close in a single gap-free sequence from 1, retains output and
 * wakes waiting readers.
 *
 * Source: exec-server protocol, section 8.
 */
export class ManagedProcess implements ChildEvents {
  readonly description: ProcessDescription;
  readonly log: OutputLog;
  readonly #owner: ProcessOwner;
  readonly #waiters = new Set<() => void>();
  readonly #writeIds = new Set<string>();
  #child: Child | undefined;
  #openStreams = 0;
  #nextSeq = 1;
  #exitCode: number | undefined;
  #closed = false;
  #terminated = false;
  #paused = false;
  #stdinClosed = false;
  #sandboxDenied = false;
  #failure: string | undefined;
  #outputLeft: number;
  #release: (pid: number) => void = () => {};

  /** @param description what the client asked for; @param owner gets the events */
  constructor(description: ProcessDescription, owner: ProcessOwner) {
    this.description = description;
    this.#owner = owner;
    this.log = new OutputLog(owner.retainedOutputBytes);
    this.#outputLeft = description.outputLimit ?? Infinity;
  }

  /**
   * Takes over the started child; called right after the spawn, before any event.
   *
   * @param release called when the child has ended
   */
  adopt(child: Child, release: (pid: number) => void = () => {}): void {
    this.#child = child;
    this.#release = release;
    this.#openStreams = child.streams.length;
  }

  /** The running or ended child. */
  get child(): Child {
    if (this.#child === undefined) throw new Error("The process was not started");
    return this.#child;
  }

  /** Sequence number of the next event. */
  get nextSeq(): number {
    return this.#nextSeq;
  }

  /** Exit code, or undefined while it runs. */
  get exitCode(): number | undefined {
    return this.#exitCode;
  }

  /** Which limit ended it, if one did. */
  get failure(): string | undefined {
    return this.#failure;
  }

  /** Whether it failed, it seems, because of its sandbox; false until it has ended. */
  get sandboxDenied(): boolean {
    return this.#sandboxDenied;
  }

  /** Whether the last event happened. */
  get closed(): boolean {
    return this.#closed;
  }

  /** Whether it runs and was not told to die. */
  get running(): boolean {
    return this.#exitCode === undefined && !this.#terminated;
  }

  /** Ids of the writes done, oldest first; the caller bounds it. */
  get writeIds(): Set<string> {
    return this.#writeIds;
  }

  /** Whether the client closed stdin. */
  get stdinClosed(): boolean {
    return this.#stdinClosed;
  }

  /** Gives the process an end of file behind what was written. */
  closeStdin(): void {
    this.#stdinClosed = true;
    this.child.input?.end();
  }

  output(stream: StreamName, bytes: Uint8Array): void {
    if (bytes.length > this.#outputLeft) {
      if (this.#outputLeft > 0) this.#output(stream, bytes.subarray(0, this.#outputLeft));
      this.#outputLeft = 0;
      return this.endBy(`output limit of ${this.description.outputLimit} bytes exceeded`);
    }
    this.#outputLeft -= bytes.length;
    this.#output(stream, bytes);
  }

  #output(stream: StreamName, bytes: Uint8Array): void {
    const seq = this.#nextSeq++;
    const before = this.log.retainedBytes;
    this.log.append(seq, stream, bytes);
    this.#owner.retained(this, this.log.retainedBytes - before);
    if (this.#owner.attached) {
      this.#owner.notify("process/output", {
        processId: this.description.id,
        seq,
        stream,
        chunk: Base64Body.copy(bytes),
      });
    }
    this.#wake();
    if (this.#owner.congested && !this.#paused) {
      this.#paused = true;
      this.child.pause();
      this.#owner.paused(this);
    }
  }

  ended(): void {
    this.#openStreams--;
    this.#closeIfDone();
  }

  exited(status: ExitStatus): void {
    // a terminal's processes report every death by signal as 1, as the original does
    this.#exitCode = this.description.tty && status.signal !== undefined ? 1 : status.code;
    this.#release(this.child.pid);
    this.#sandboxDenied = this.description.sandboxed && looksDenied(this.#exitCode, this.log);
    this.#owner.notify("process/exited", {
      processId: this.description.id,
      seq: this.#nextSeq++,
      exitCode: this.#exitCode,
      sandboxDenied: this.#sandboxDenied,
      ...this.#failure === undefined ? {} : { failure: this.#failure },
    });
    this.child.input?.close();
    this.#owner.exited(this);
    this.#wake();
    // children in other sessions may hold the pipes of a killed process for ever
    if (this.#terminated) this.child.cancel();
    this.#closeIfDone();
  }

  /** Ends it because of a limit. @param reason what clients get to read as its failure */
  endBy(reason: string): void {
    if (!this.running) return;
    this.#failure = reason;
    killTree(this.child.pid, this.description.tty);
    this.terminate();
  }

  /** Notes which limit it met, for one that the kernel enforces; call it before its exit is reported. */
  failedBy(reason: string): void {
    this.#failure ??= reason;
  }

  /** Notes that the group was killed: readers get what is left and the process closes at its exit. */
  terminate(): void {
    this.#terminated = true;
    this.child.input?.close();
    this.resume();
  }

  /** Goes on after congestion. */
  resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    this.child.resume();
  }

  /** Releases descriptors and waiting readers; no further event is reported. */
  dispose(): void {
    this.child.input?.close();
    this.child.cancel();
    this.#wake();
  }

  /** Resolves at the next event of this process, or when `milliseconds` are over or `signal` aborts. */
  async nextEvent(milliseconds: number, signal: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, Math.min(milliseconds, 2 ** 31 - 1));
    this.#waiters.add(resolve);
    signal.addEventListener("abort", resolve as () => void, { once: true });
    try {
      if (!signal.aborted) await promise;
    } finally {
      clearTimeout(timer);
      this.#waiters.delete(resolve);
      signal.removeEventListener("abort", resolve as () => void);
    }
  }

  #closeIfDone(): void {
    if (this.#closed || this.#exitCode === undefined || this.#openStreams > 0) return;
    this.#closed = true;
    this.#owner.notify("process/closed", { processId: this.description.id, seq: this.#nextSeq++ });
    this.#owner.closed(this);
    this.#wake();
  }

  #wake(): void {
    for (const waiter of this.#waiters) waiter();
    this.#waiters.clear();
  }
}
