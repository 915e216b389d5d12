import { type BinaryTransport, LIMITS } from "../../protocol/mod.ts";
import { decodeRelayFrame, encodeRelayFrame, type RelayFrame } from "../../protocol/relay/relay_frame.ts";
import type { Rendezvous } from "./rendezvous.ts";

const GOING_AWAY = { code: 1001, text: "registry is shutting down" };

/**
 * The rendezvous of an executor that serves many clients on one websocket, by relay frames. Frames are passed on as they
 * are, with whatever encryption they hold; only their stream ids are read. A stream belongs to the client that used it
 * first, so no client can speak or listen on another's.
 *
 * Source: environments, sections 6.4 and 6.5.
 */
export class RelayRendezvous implements Rendezvous {
  #executor: BinaryTransport | undefined;
  readonly #clients = new Set<BinaryTransport>();
  /** Which client has a stream. */
  readonly #streams = new Map<string, BinaryTransport>();

  get present(): boolean {
    return this.#executor !== undefined;
  }

  get open(): boolean {
    return this.#executor !== undefined && this.#clients.size < LIMITS.maxRendezvousClients;
  }

  async executor(socket: BinaryTransport): Promise<void> {
    const before = this.#executor;
    this.#executor = socket;
    await before?.close({ code: 1001, text: "another executor registered" });
    for await (const message of socket.messages) {
      const frame = frameOf(message);
      const client = frame && this.#streams.get(frame.streamId);
      if (frame === undefined || client === undefined) continue;
      if (frame.body.kind === "reset") this.#streams.delete(frame.streamId);
      client.sendBytes(message as Uint8Array);
      if (client.queuedBytes > LIMITS.sendHighWaterBytes) await this.#waitFor(client);
    }
    if (this.#executor === socket) {
      this.#executor = undefined;
      // their sessions wait for them to come back
      for (const client of this.#clients) client.close({ code: 1001, text: "executor disconnected" });
    }
    await socket.close();
  }

  async client(socket: BinaryTransport): Promise<void> {
    const executor = this.#executor as BinaryTransport;
    this.#clients.add(socket);
    for await (const message of socket.messages) {
      const frame = frameOf(message);
      if (frame === undefined || !this.#claim(frame, socket)) break;
      executor.sendBytes(message as Uint8Array);
      if (executor.queuedBytes > LIMITS.sendHighWaterBytes) await Promise.race([executor.drained(), socket.ended]);
    }
    this.#clients.delete(socket);
    this.#release(socket, executor);
    await socket.close({ code: 1002, text: "relay rendezvous expects relay frames of streams of one's own" });
  }

  async close(): Promise<void> {
    const all = [...this.#clients, ...(this.#executor === undefined ? [] : [this.#executor])];
    await Promise.all(all.map((socket) => socket.close(GOING_AWAY)));
  }

  /** Whether the frame's stream is the client's; a new one becomes its. */
  #claim({ streamId, body }: RelayFrame, client: BinaryTransport): boolean {
    const owner = this.#streams.get(streamId);
    if (owner !== undefined) {
      if (owner === client && body.kind === "reset") this.#streams.delete(streamId);
      return owner === client;
    }
    if (this.#streams.size >= LIMITS.maxRelayStreams) return false;
    if (body.kind !== "reset") this.#streams.set(streamId, client);
    return true;
  }

  /** Tells the executor that a client is gone, so its sessions can be resumed at once. */
  #release(client: BinaryTransport, executor: BinaryTransport): void {
    for (const [streamId, owner] of this.#streams) {
      if (owner !== client) continue;
      this.#streams.delete(streamId);
      executor.sendBytes(encodeRelayFrame({ streamId, body: { kind: "reset", reason: "client disconnected" } }));
    }
  }

  /** A client that does not read holds up the others for a moment only. */
  async #waitFor(client: BinaryTransport): Promise<void> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const stalled = new Promise<"stalled">((resolve) =>
      timer = setTimeout(() => resolve("stalled"), LIMITS.rendezvousStallMs)
    );
    const outcome = await Promise.race([client.drained(), client.ended, stalled]);
    clearTimeout(timer);
    if (outcome === "stalled") client.close({ code: 1013, text: "does not read" });
  }
}

function frameOf(message: string | Uint8Array | Error): RelayFrame | undefined {
  if (!(message instanceof Uint8Array)) return undefined;
  try {
    return decodeRelayFrame(message);
  } catch {
    return undefined;
  }
}
