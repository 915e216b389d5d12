import { LIMITS } from "./limits.ts";
import type { ClosedEvent, ExitedEvent, ProcessEvent } from "./process_handle.ts";

/** Somebody who reads along a {@linkcode ProcessEventLog}. */
export interface EventReader {
  /** Position of the event it wants next. */
  readonly nextSeq: number;
  /** There is news: an event, the end or a failure. */
  wake(): void;
}

/**
 * The events of one process on the side of its user: brings them into the order of their sequence, keeps the latest for
 * who comes later and wakes who waits. Events may arrive twice and in any order; none is published twice.
 *
 * What active readers have not taken is kept up to {@linkcode LIMITS.maxEventBacklogBytes}; a reader further behind has
 * to read again from the executor.
 *
 * Source: environments, section 1.6.
 */
export class ProcessEventLog {
  #events: (ProcessEvent | undefined)[] = [];
  #first = 0;
  #bytes = 0;
  #lastSeq = 0;
  readonly #pending = new Map<number, ProcessEvent>();
  #pendingBytes = 0;
  readonly #readers = new Set<EventReader>();
  /** Until when somebody may still begin to read from the first event; undefined before the first one. */
  #expectedUntil: number | undefined;
  #expected = true;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #exited: ExitedEvent | undefined;
  #closed: ClosedEvent | undefined;
  #failure: Error | undefined;
  #drained: PromiseWithResolvers<void> | undefined;

  /** Position of the last published event; 0 before the first. */
  get lastSeq(): number {
    return this.#lastSeq;
  }

  /** Position of the oldest event that is still kept. */
  get firstSeq(): number {
    return this.#lastSeq + 1 - (this.#events.length - this.#first);
  }

  /** The exit, once it is published. */
  get exited(): ExitedEvent | undefined {
    return this.#exited;
  }

  /** The last event, once it is published. */
  get closed(): ClosedEvent | undefined {
    return this.#closed;
  }

  /** Why no further event comes. */
  get failure(): Error | undefined {
    return this.#failure;
  }

  /** Whether a reader is so far behind that a process that can be held up should be. */
  get backlogged(): boolean {
    const oldest = this.#events[this.#first];
    return oldest !== undefined && this.#overfull() && this.#isWanted(oldest);
  }

  /** Whether the event at a position was published or waits for its turn. */
  has(seq: number): boolean {
    return seq <= this.#lastSeq || this.#pending.has(seq);
  }

  /** Whether the exit is known, published or not. */
  get knowsExit(): boolean {
    return this.#exited !== undefined || [...this.#pending.values()].some(({ type }) => type === "exited");
  }

  /** The event at a position, if it is kept. */
  at(seq: number): ProcessEvent | undefined {
    return this.#events[this.#events.length - 1 - (this.#lastSeq - seq)];
  }

  /**
   * Takes an event; it is published when all before it are. With `evict`, for the time of a recovery, the oldest
   * waiting events make room for it, since they will be read again; else the process is lost when too much waits for an
   * event that does not come.
   */
  add(event: ProcessEvent, { evict = false }: { readonly evict?: boolean } = {}): void {
    if (event.seq <= this.#lastSeq || this.#closed !== undefined || this.#failure !== undefined) return;
    if (event.seq === this.#lastSeq + 1) {
      this.#publish(event);
      if (this.#pending.size > 0) this.#publishPending();
      this.#trim();
      for (const reader of this.#readers) reader.wake();
    } else if (!this.#pending.has(event.seq)) {
      this.#hold(event, evict);
    }
  }

  /** No further event comes; readers get what was published and then this error. Only the first one counts. */
  fail(error: Error): void {
    if (this.#failure !== undefined || this.#closed !== undefined) return;
    this.#failure = error;
    this.#pending.clear();
    this.#pendingBytes = 0;
    this.moved();
    for (const reader of this.#readers) reader.wake();
  }

  /** Resolves when no reader is far behind any more, or no further event comes. */
  drained(): Promise<void> {
    if (!this.backlogged || this.#failure !== undefined) return Promise.resolve();
    if (this.#expected) {
      const left = (this.#expectedUntil ?? 0) - performance.now();
      this.#timer ??= setTimeout(() => this.moved(), Math.max(0, left) + 1);
    }
    this.#drained ??= Promise.withResolvers();
    return this.#drained.promise;
  }

  /** A reader has moved on. */
  moved(): void {
    if (this.#drained === undefined) return;
    this.#trim();
    if (this.backlogged && this.#failure === undefined) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#drained.resolve();
    this.#drained = undefined;
  }

  /** Wakes a reader from now on and keeps what it has not read. */
  attach(reader: EventReader): void {
    this.#readers.add(reader);
    this.#expected = false;
    this.moved();
  }

  /** Forgets a reader. */
  detach(reader: EventReader): void {
    this.#readers.delete(reader);
    this.#trim();
    this.moved();
  }

  #publish(event: ProcessEvent): void {
    this.#expectedUntil ??= performance.now() + LIMITS.firstReaderMs;
    this.#lastSeq = event.seq;
    this.#events.push(event);
    if (event.type === "output") this.#bytes += event.bytes.length;
    else if (event.type === "exited") this.#exited = event;
    else this.#closed = event;
  }

  #publishPending(): void {
    for (let next; (next = this.#pending.get(this.#lastSeq + 1)) !== undefined;) {
      this.#unhold(next);
      this.#publish(next);
    }
    if (this.#closed !== undefined) this.#pending.clear();
  }

  #hold(event: ProcessEvent, evict: boolean): void {
    this.#pending.set(event.seq, event);
    this.#pendingBytes += sizeOf(event);
    while (this.#pending.size > LIMITS.maxReorderEvents || this.#pendingBytes > LIMITS.maxReorderBytes) {
      if (!evict) {
        const bound = this.#pending.size > LIMITS.maxReorderEvents
          ? `${LIMITS.maxReorderEvents} entries`
          : `${LIMITS.maxReorderBytes} bytes`;
        this.fail(new Error(`exec-server protocol error: process event reorder buffer exceeds ${bound}`));
        return;
      }
      this.#unhold(this.#pending.get(Math.min(...this.#pending.keys())) as ProcessEvent);
    }
  }

  #unhold(event: ProcessEvent): void {
    this.#pending.delete(event.seq);
    this.#pendingBytes -= sizeOf(event);
  }

  #trim(): void {
    while (this.#first < this.#events.length && this.#overfull()) {
      const oldest = this.#events[this.#first] as ProcessEvent;
      if (!this.#hopeless() && this.#isWanted(oldest)) break;
      this.#bytes -= sizeOf(oldest);
      this.#events[this.#first++] = undefined;
    }
    // forget dropped events now and then, not one by one
    if (this.#first > 64 && this.#first * 2 > this.#events.length) {
      this.#events = this.#events.slice(this.#first);
      this.#first = 0;
    }
  }

  #overfull(): boolean {
    return this.#events.length - this.#first > LIMITS.eventHistory || this.#bytes > LIMITS.eventHistoryBytes;
  }

  /** Whether readers are further behind than what may be kept for them. */
  #hopeless(): boolean {
    return this.#bytes > LIMITS.maxEventBacklogBytes || this.#events.length - this.#first > LIMITS.maxEventBacklog;
  }

  /** Whoever starts a process gets it a few turns of the event loop after its first output, and reads from then on. */
  #isExpected(): boolean {
    this.#expected &&= performance.now() < (this.#expectedUntil ?? Infinity);
    return this.#expected;
  }

  #isWanted({ seq }: ProcessEvent): boolean {
    if (this.#isExpected()) return true;
    for (const reader of this.#readers) if (reader.nextSeq <= seq) return true;
    return false;
  }
}

function sizeOf(event: ProcessEvent): number {
  return event.type === "output" ? event.bytes.length : 0;
}
