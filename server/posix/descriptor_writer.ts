import { LIMITS } from "../../protocol/mod.ts";
import { type Libc, openLibc } from "./libc.ts";
import { EPOLLOUT, Reactor } from "./reactor.ts";

const EAGAIN = 11, EINTR = 4;

/**
 * Writes to a non-blocking pipe or terminal in order, waiting for the reader without a thread. Bytes for a reader that
 * has gone are dropped. Owns and closes the descriptor.
 */
export class DescriptorWriter {
  readonly #libc: Libc = openLibc();
  readonly #reactor: Reactor = Reactor.shared();
  readonly #fd: number;
  readonly #queue: Uint8Array[] = [];
  #offset = 0;
  #queuedBytes = 0;
  #token: number | undefined;
  #room: PromiseWithResolvers<void> | undefined;
  #ending = false;
  #closed = false;

  /** @param fd non-blocking */
  constructor(fd: number) {
    this.#fd = fd;
  }

  /** Whether writes have to wait for the reader. */
  get full(): boolean {
    return this.#queue.length >= LIMITS.maxStdinChunks || this.#queuedBytes >= LIMITS.maxStdinBytes;
  }

  /** Resolves when the writer is no longer full, or closed. */
  room(): Promise<void> {
    if (!this.full || this.#closed) return Promise.resolve();
    this.#room ??= Promise.withResolvers();
    return this.#room.promise;
  }

  /** Queues bytes and writes as much as goes at once. */
  write(bytes: Uint8Array): void {
    if (this.#closed || this.#ending || bytes.length === 0) return;
    this.#queue.push(bytes);
    this.#queuedBytes += bytes.length;
    if (this.#token === undefined) this.#flush();
  }

  /** Closes the descriptor once everything queued is written: the reader then sees end of file. */
  end(): void {
    this.#ending = true;
    if (this.#queue.length === 0) this.close();
  }

  /** Closes the descriptor at once; what is queued is lost. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#unwatch();
    this.#queue.length = 0;
    this.#queuedBytes = 0;
    this.#libc.call.close(this.#fd);
    this.#signalRoom();
  }

  #flush(): void {
    while (this.#queue.length > 0) {
      const bytes = this.#queue[0] as Uint8Array<ArrayBuffer>;
      const rest = bytes.subarray(this.#offset);
      const count = Number(this.#libc.call.write(this.#fd, rest, BigInt(rest.length)));
      if (count < 0) {
        const errno = this.#libc.errno();
        if (errno === EINTR) continue;
        if (errno === EAGAIN) return this.#watch();
        return this.close();
      }
      this.#queuedBytes -= count;
      this.#offset += count;
      if (this.#offset === bytes.length) {
        this.#queue.shift();
        this.#offset = 0;
      }
    }
    this.#unwatch();
    if (this.#ending) this.close();
    this.#signalRoom();
  }

  #watch(): void {
    this.#token ??= this.#reactor.register(this.#fd, EPOLLOUT, () => this.#flush());
    if (!this.full) this.#signalRoom();
  }

  #unwatch(): void {
    if (this.#token === undefined) return;
    this.#reactor.unregister(this.#fd, this.#token);
    this.#token = undefined;
  }

  #signalRoom(): void {
    this.#room?.resolve();
    this.#room = undefined;
  }
}
