import { LIMITS } from "../../protocol/mod.ts";
import { type Libc, openLibc } from "./libc.ts";
import { EPOLLIN, Reactor } from "./reactor.ts";

/** Takes what a reader reads. */
export interface ByteSink {
  /** A piece of data, valid during the call only. */
  data(bytes: Uint8Array): void;
  /** End of file, or the reader was cancelled; called once. */
  end(): void;
}

const EAGAIN = 11, EINTR = 4;
// pieces read in one turn before others get theirs
const READS_PER_TURN = 8;
// what a leader's exit waits for: more than any pipe holds
const MAX_DRAIN_READS = 32;
// a pipe that was full this often carries bulk data: a larger one saves most wake-ups on both sides
const FULL_READS_BEFORE_GROWTH = 4;
const GROWN_PIPE_BYTES = 512 * 1024;
const F_SETPIPE_SZ = 1031;
const buffer = new Uint8Array(LIMITS.outputChunkBytes);

/** Reads a non-blocking pipe or terminal until its end; it can be paused. Owns and closes the descriptor. */
export class DescriptorReader {
  readonly #libc: Libc = openLibc();
  readonly #reactor: Reactor = Reactor.shared();
  readonly #fd: number;
  readonly #sink: ByteSink;
  #token = 0;
  #paused = false;
  #ended = false;
  #fullReads = 0;

  /** @param fd non-blocking; @param sink gets the data from the next event on */
  constructor(fd: number, sink: ByteSink) {
    this.#fd = fd;
    this.#sink = sink;
    this.#token = this.#reactor.register(fd, EPOLLIN, () => this.#read(READS_PER_TURN));
  }

  /** Stops reading; the writer blocks once the kernel's buffer is full. */
  pause(): void {
    if (this.#ended || this.#paused) return;
    this.#paused = true;
    // not modified to 0 events: a hang-up would be reported again and again
    this.#reactor.unregister(this.#fd, this.#token);
  }

  /** Goes on reading. */
  resume(): void {
    if (this.#ended || !this.#paused) return;
    this.#paused = false;
    this.#token = this.#reactor.register(this.#fd, EPOLLIN, () => this.#read(READS_PER_TURN));
  }

  /** Delivers what can be read at once, unless paused. */
  drain(): void {
    this.#read(MAX_DRAIN_READS);
  }

  /** Ends without waiting for the end of file. */
  cancel(): void {
    this.#finish();
  }

  #read(turns: number): void {
    for (let i = 0; i < turns && !this.#paused && !this.#ended; i++) {
      const count = Number(this.#libc.call.read(this.#fd, buffer, BigInt(buffer.length)));
      if (count > 0) {
        if (count === buffer.length && ++this.#fullReads === FULL_READS_BEFORE_GROWTH) this.#growPipe();
        this.#sink.data(buffer.subarray(0, count));
        continue;
      }
      const errno = count === 0 ? 0 : this.#libc.errno();
      if (errno === EAGAIN || errno === EINTR) return;
      // end of file; a terminal without a program answers EIO
      this.#finish();
    }
  }

  #growPipe(): void {
    // refused for terminals and when the user has too many large pipes: then it stays as it is
    this.#libc.call.fcntl(this.#fd, F_SETPIPE_SZ, GROWN_PIPE_BYTES);
  }

  #finish(): void {
    if (this.#ended) return;
    this.#ended = true;
    if (!this.#paused) this.#reactor.unregister(this.#fd, this.#token);
    this.#libc.call.close(this.#fd);
    this.#sink.end();
  }
}
