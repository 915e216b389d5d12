import { LIMITS } from "../../protocol/mod.ts";
import type { HttpSocket } from "./http_socket.ts";

interface Idle {
  readonly key: string;
  readonly since: number;
}

/** Upstream connections that wait to be used again. */
export class ConnectionPool {
  readonly #idle = new Map<HttpSocket, Idle>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #closed = false;

  /** Takes the connection that was used last, or undefined. */
  take(key: string): HttpSocket | undefined {
    let found: HttpSocket | undefined;
    for (const [socket, idle] of this.#idle) if (idle.key === key) found = socket;
    if (found === undefined) return undefined;
    this.#idle.delete(found);
    found.wake();
    return found;
  }

  /** Keeps a connection whose response is complete. */
  put(key: string, socket: HttpSocket): void {
    if (this.#closed) return socket.close();
    const [oldest] = this.#idle.keys();
    if (this.#idle.size >= LIMITS.maxIdleHttpConnections && oldest !== undefined) this.#drop(oldest);
    this.#idle.set(socket, { key, since: performance.now() });
    socket.rest(() => this.#drop(socket));
    this.#watch();
  }

  /** Closes all; later ones are closed at once. */
  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    for (const socket of [...this.#idle.keys()]) this.#drop(socket);
  }

  #drop(socket: HttpSocket): void {
    // one that is in use again is none of the pool's business
    if (this.#idle.delete(socket)) socket.close();
  }

  #watch(): void {
    if (this.#timer !== undefined) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      const before = performance.now() - LIMITS.httpIdleTimeoutMs;
      for (const [socket, { since }] of [...this.#idle]) if (since <= before) this.#drop(socket);
      if (this.#idle.size > 0) this.#watch();
    }, LIMITS.httpIdleTimeoutMs);
    Deno.unrefTimer(Number(this.#timer));
  }
}
