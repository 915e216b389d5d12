import { type Libc, openLibc } from "./libc.ts";
import { PosixError } from "./posix_spawn.ts";

/** Readable, or at end of file. */
export const EPOLLIN = 0x001;
/** Writable. */
export const EPOLLOUT = 0x004;

const EPOLL_CTL_ADD = 1, EPOLL_CTL_DEL = 2;
const EPOLL_CLOEXEC = 0x80000, EFD_CLOEXEC_NONBLOCK = 0x80800;
const MAX_EVENTS = 256;
// struct epoll_event is packed on x86-64 only
const EVENT_SIZE = Deno.build.arch === "x86_64" ? 12 : 16;
const DATA_OFFSET = EVENT_SIZE - 8;

/**
 * One epoll instance for all descriptors of this process that Deno cannot wait for itself: pipes and terminals of
 * children and their pidfds. One `epoll_wait` at a time runs on a pool thread; everything else happens on the main
 * thread without waiting. It keeps the event loop alive only while something is registered.
 */
export class Reactor {
  static #shared: Reactor | undefined;
  readonly #libc: Libc;
  readonly #epoll: number;
  readonly #wake: number;
  readonly #callbacks = new Map<number, (events: number) => void>();
  readonly #control = new DataView(new ArrayBuffer(16));
  readonly #events = new Uint8Array(EVENT_SIZE * MAX_EVENTS);
  #nextToken = 1;
  #running = false;

  private constructor(libc: Libc) {
    this.#libc = libc;
    this.#epoll = libc.call.epoll_create1(EPOLL_CLOEXEC);
    if (this.#epoll < 0) throw new PosixError("epoll_create1", libc.errno());
    // lets the last unregister end a waiting epoll_wait; token 0
    this.#wake = libc.call.eventfd(0, EFD_CLOEXEC_NONBLOCK);
    if (this.#wake < 0) {
      const errno = libc.errno();
      libc.call.close(this.#epoll);
      throw new PosixError("eventfd", errno);
    }
    this.#ctl(EPOLL_CTL_ADD, this.#wake, EPOLLIN, 0);
  }

  /** The process-wide instance. @throws {PosixError} when no descriptor is left for it; {Error} where there is no epoll */
  static shared(): Reactor {
    Reactor.#shared ??= new Reactor(openLibc());
    return Reactor.#shared;
  }

  /** Calls back on the main thread whenever one of `events` holds. @returns a token for the other calls */
  register(fd: number, events: number, callback: (events: number) => void): number {
    const token = this.#nextToken++;
    this.#ctl(EPOLL_CTL_ADD, fd, events, token);
    this.#callbacks.set(token, callback);
    if (!this.#running) this.#run();
    return token;
  }

  /** Stops watching; call it before the descriptor is closed. */
  unregister(fd: number, token: number): void {
    if (!this.#callbacks.delete(token)) return;
    this.#ctl(EPOLL_CTL_DEL, fd, 0, token);
    if (this.#callbacks.size === 0) this.#libc.call.write(this.#wake, new Uint8Array([1, 0, 0, 0, 0, 0, 0, 0]), 8n);
  }

  #ctl(operation: number, fd: number, events: number, token: number): void {
    this.#control.setUint32(0, events, true);
    this.#control.setUint32(DATA_OFFSET, token, true);
    this.#control.setUint32(DATA_OFFSET + 4, 0, true);
    const buffer = new Uint8Array(this.#control.buffer);
    if (this.#libc.call.epoll_ctl(this.#epoll, operation, fd, buffer) < 0) {
      throw new PosixError(`epoll_ctl of descriptor ${fd}`, this.#libc.errno());
    }
  }

  async #run(): Promise<void> {
    this.#running = true;
    const view = new DataView(this.#events.buffer);
    while (this.#callbacks.size > 0) {
      const count = await this.#libc.call.epoll_wait(this.#epoll, this.#events, MAX_EVENTS, -1);
      for (let i = 0; i < count; i++) {
        const events = view.getUint32(i * EVENT_SIZE, true);
        const token = view.getUint32(i * EVENT_SIZE + DATA_OFFSET, true);
        if (token === 0) this.#libc.call.read(this.#wake, new Uint8Array(8), 8n);
        else this.#dispatch(token, events);
      }
    }
    this.#running = false;
  }

  #dispatch(token: number, events: number): void {
    try {
      this.#callbacks.get(token)?.(events);
    } catch (error) {
      // one failing callback must not stop the others
      reportError(error);
    }
  }
}
