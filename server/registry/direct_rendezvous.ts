import { type BinaryTransport, LIMITS } from "../../protocol/mod.ts";
import type { Rendezvous } from "./rendezvous.ts";

/**
 * The rendezvous of an executor that speaks JSON-RPC on its websocket as it is: one client at a time gets it whole, and
 * when either leaves the other is closed; the executor dials again.
 *
 * Source: environments, section 6.3.
 */
export class DirectRendezvous implements Rendezvous {
  #executor: BinaryTransport | undefined;
  #client: BinaryTransport | undefined;

  get present(): boolean {
    return this.#executor !== undefined;
  }

  get open(): boolean {
    return this.#executor !== undefined && this.#client === undefined;
  }

  async executor(socket: BinaryTransport): Promise<void> {
    const before = this.#executor;
    this.#executor = socket;
    await before?.close({ code: 1001, text: "another executor registered" });
    await socket.ended;
    if (this.#executor === socket) this.#executor = undefined;
    await socket.close();
  }

  async client(socket: BinaryTransport): Promise<void> {
    const executor = this.#executor as BinaryTransport;
    this.#client = socket;
    await Promise.race([pipe(socket, executor), pipe(executor, socket)]);
    if (this.#executor === executor) this.#executor = undefined;
    this.#client = undefined;
    await Promise.all([executor.close(), socket.close()]);
  }

  async close(): Promise<void> {
    await Promise.all([this.#executor?.close(GOING_AWAY), this.#client?.close(GOING_AWAY)]);
  }
}

const GOING_AWAY = { code: 1001, text: "registry is shutting down" };

/** Copies messages, no faster than they are taken, until one side has ended. */
async function pipe(from: BinaryTransport, to: BinaryTransport): Promise<void> {
  for await (const message of from.messages) {
    if (message instanceof Error) return;
    if (typeof message === "string") to.send(message);
    else to.sendBytes(message);
    if (to.queuedBytes > LIMITS.sendHighWaterBytes) await to.drained();
  }
}
