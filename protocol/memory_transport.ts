import { messageText, type OutgoingMessage } from "./encode_message.ts";
import { MessageQueue } from "./message_queue.ts";
import type { Transport } from "./transport.ts";

/** One end of a linked pair: what it sends arrives at the other end, without any socket. */
class MemoryTransport implements Transport {
  readonly label: string;
  readonly messages: MessageQueue = new MessageQueue();
  readonly answersAfterEnd = false;
  readonly queuedBytes = 0;
  #peer: MemoryTransport | undefined;

  constructor(label: string) {
    this.label = label;
  }

  link(peer: MemoryTransport): void {
    this.#peer = peer;
  }

  send(message: OutgoingMessage): void {
    this.#peer?.messages.push(messageText(message));
  }

  drained(): Promise<void> {
    return Promise.resolve();
  }

  close(): Promise<void> {
    this.messages.end();
    this.#peer?.messages.end();
    this.#peer = undefined;
    return Promise.resolve();
  }
}

/**
 * A pair of transports joined in memory, for tests and for a server inside the client's process.
 *
 * @example
 * ```ts
 * import { memoryTransportPair } from "./memory_transport.ts";
 * const [client, server] = memoryTransportPair();
 * client.send("hello");
 * for await (const message of server.messages) {
 *   if (message === "hello") break;
 * }
 * ```
 */
export function memoryTransportPair(): [Transport, Transport] {
  const a = new MemoryTransport("memory");
  const b = new MemoryTransport("memory");
  a.link(b);
  b.link(a);
  return [a, b];
}
