import type { EventReader, ProcessEventLog } from "./process_event_log.ts";
import type { OutputEvent, ProcessEvent, ProcessSnapshot } from "./process_handle.ts";

/** What an iteration gives. */
export type ProcessEventResult = IteratorResult<ProcessEvent, void>;

/** Reads retained output again from the executor, for a reader that is further behind than the log. */
export type ReadAgain = (afterSeq: number) => Promise<Pick<ProcessSnapshot, "chunks" | "nextSeq">>;

const DONE: ProcessEventResult = { done: true, value: undefined };

/**
 * One iteration over the events of a process: first what the log keeps, then what comes, and the end behind `closed`.
 *
 * Source: environments, section 1.6.
 */
export class ProcessEventIterator implements AsyncIterableIterator<ProcessEvent, void>, EventReader {
  readonly #log: ProcessEventLog;
  readonly #readAgain: ReadAgain;
  #nextSeq: number;
  #waiter: PromiseWithResolvers<ProcessEventResult> | undefined;
  #again: ProcessEvent[] = [];
  #ended = false;

  /** Starts behind a position. @param log the events; @param afterSeq 0 for all; @param readAgain fetches what the log lost */
  constructor(log: ProcessEventLog, afterSeq: number, readAgain: ReadAgain) {
    this.#log = log;
    this.#nextSeq = afterSeq + 1;
    this.#readAgain = readAgain;
    log.attach(this);
  }

  /** Position of the event it wants next. */
  get nextSeq(): number {
    return this.#nextSeq;
  }

  /** The next event. @throws when events were dropped or the process was lost */
  next(): Promise<ProcessEventResult> {
    if (this.#waiter !== undefined) return this.#waiter.promise.then(() => this.next());
    const event = this.#again.shift() ?? this.#log.at(this.#nextSeq);
    if (event !== undefined) return Promise.resolve(this.#deliver(event));
    if (this.#isOver()) return Promise.resolve(this.#end());
    if (this.#nextSeq < this.#log.firstSeq) return this.#catchUp();
    if (this.#log.failure !== undefined) {
      this.#end();
      return Promise.reject(this.#log.failure);
    }
    this.#waiter = Promise.withResolvers();
    return this.#waiter.promise;
  }

  /** Ends the iteration. */
  return(): Promise<ProcessEventResult> {
    return Promise.resolve(this.#end());
  }

  /** There is news in the log. */
  wake(): void {
    const waiter = this.#waiter;
    if (waiter === undefined) return;
    const event = this.#log.at(this.#nextSeq);
    if (event === undefined && this.#nextSeq > this.#log.lastSeq && !this.#isOver() && !this.#log.failure) return;
    this.#waiter = undefined;
    waiter.resolve(event === undefined ? this.next() : this.#deliver(event));
  }

  /** The iterator itself. */
  [Symbol.asyncIterator](): this {
    return this;
  }

  #deliver(event: ProcessEvent): ProcessEventResult {
    this.#nextSeq = event.seq + 1;
    this.#log.moved();
    return { done: false, value: event };
  }

  #isOver(): boolean {
    const { closed } = this.#log;
    return this.#ended || (closed !== undefined && this.#nextSeq > closed.seq);
  }

  #end(): ProcessEventResult {
    this.#ended = true;
    this.#again = [];
    this.#log.detach(this);
    this.#waiter?.resolve(DONE);
    this.#waiter = undefined;
    return DONE;
  }

  /** The log no longer has what comes next: reads it again and goes on behind it. */
  async #catchUp(): Promise<ProcessEventResult> {
    try {
      const { chunks, nextSeq } = await this.#readAgain(this.#nextSeq - 1);
      const again = withEnds(chunks, this.#log).filter(({ seq }) => seq >= this.#nextSeq);
      const gap = again.findIndex(({ seq }, i) => seq !== this.#nextSeq + i);
      const usable = gap === -1 ? again : again.slice(0, gap);
      if (usable.length === 0) {
        throw new Error(`process events are no longer retained while recovering through sequence ${nextSeq - 1}`);
      }
      this.#again = usable;
    } catch (error) {
      this.#end();
      throw error;
    }
    return this.next();
  }
}

/** Output with the exit and the end in their places, as far as they are known. */
function withEnds(chunks: readonly OutputEvent[], { exited, closed }: ProcessEventLog): ProcessEvent[] {
  const events: ProcessEvent[] = [...chunks];
  if (exited !== undefined) events.push(exited);
  if (closed !== undefined) events.push(closed);
  return events.sort((a, b) => a.seq - b.seq);
}
