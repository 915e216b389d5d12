import { LIMITS } from "../protocol/mod.ts";
import { type ByteStream, closeQuietly } from "./byte_stream.ts";

/**
 * Accepted sockets that have not finished their handshake. When there are too many, the one that has waited longest is
 * closed: sockets that never say a word cannot keep out those that do.
 */
export class HandshakeQueue {
  readonly #waiting = new Set<ByteStream>();

  /** Sockets in their handshake. */
  get size(): number {
    return this.#waiting.size;
  }

  /** A socket was accepted. */
  add(stream: ByteStream): void {
    this.#waiting.add(stream);
    if (this.#waiting.size <= LIMITS.maxHandshakes) return;
    const [oldest] = this.#waiting;
    if (oldest === undefined) return;
    this.#waiting.delete(oldest);
    closeQuietly(oldest);
  }

  /** Its handshake is over, either way. */
  delete(stream: ByteStream): void {
    this.#waiting.delete(stream);
  }
}
