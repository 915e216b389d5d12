import { LIMITS } from "../../protocol/mod.ts";
import { openLibc, optionalLibc } from "../posix/libc.ts";
import { socketDescriptor } from "./socket_descriptor.ts";

type Bytes = Uint8Array<ArrayBuffer>;

const NONE = -1;
const FIONREAD = 0x541bn;
// so many in a row let expect another one
const PROMPT_ANSWERS = 4;
// looking at the clock and giving up the core cost as much as looking at the socket
const LOOKS_PER_TIME = 4;

const buffer = new Uint8Array(LIMITS.minHttpReadBytes);
const waiting = new Uint32Array(1);
const waitingBytes = new Uint8Array(waiting.buffer);

/**
 * Waits for the answers of a server that answers at once, on the same machine mostly, without going to sleep: falling
 * asleep and waking up take longer than such an answer does.
 *
 * The program does nothing else meanwhile. So it waits no longer than {@linkcode LIMITS.maxBusyWaitMicros}, only where
 * another core can do the server's work, and only on a connection whose last answers came within that time.
 */
export class BusyWait {
  static #possible: boolean | undefined;
  readonly #conn: Deno.TcpConn;
  #descriptor: number | undefined;
  #promptAnswers = 0;
  #since = 0;
  #until = 0;

  /** @param conn connected, and closed only behind {@linkcode close} */
  constructor(conn: Deno.TcpConn) {
    this.#conn = conn;
  }

  /** Whether there is something to gain here: a second core, and a C library. */
  static get possible(): boolean {
    BusyWait.#possible ??= navigator.hardwareConcurrency > 1 && optionalLibc() !== undefined;
    return BusyWait.#possible;
  }

  /** A request has just been sent. @param alone whether the program waits for no other answer */
  begin(alone: boolean): void {
    this.#since = performance.now();
    this.#until = 0;
    if (!alone || this.#promptAnswers < PROMPT_ANSWERS) return;
    this.#descriptor ??= socketDescriptor(this.#conn) ?? NONE;
    if (this.#descriptor !== NONE) this.#until = this.#since + LIMITS.maxBusyWaitMicros / 1000;
  }

  /** The first bytes of the answer have come. */
  answered(): void {
    const prompt = performance.now() - this.#since <= LIMITS.maxBusyWaitMicros / 1000;
    this.#promptAnswers = prompt ? this.#promptAnswers + 1 : 0;
  }

  /**
   * The next bytes, in memory of their own, when they come in time. After none, or a turn of the event loop, they must
   * be read from the connection; the end and errors must always be.
   */
  receive(): Bytes | undefined {
    const count = this.#until === 0 ? 0 : this.#wait(this.#descriptor as number);
    if (count > 0) return buffer.slice(0, count);
    this.#until = 0;
    return undefined;
  }

  /** Waits, then reads. @returns the number of bytes, none when there are none in time */
  #wait(fd: number): number {
    const { ioctl, read, sched_yield } = openLibc().call;
    do {
      for (let look = 0; look < LOOKS_PER_TIME; look++) {
        waiting[0] = 0;
        if (ioctl(fd, FIONREAD, waitingBytes) !== 0) return 0;
        // where bytes are, reading does not find an error, which shows only once
        if (waiting[0] > 0) return Number(read(fd, buffer, BigInt(buffer.length)));
      }
      // the server may wait for this very core
      sched_yield();
    } while (performance.now() < this.#until);
    return 0;
  }

  /** The connection ends, and its descriptor will be another's. */
  close(): void {
    this.#descriptor = NONE;
    this.#until = 0;
  }
}
