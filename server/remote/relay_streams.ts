import { type BinaryTransport, LIMITS, type Transport } from "../../protocol/mod.ts";
import { decodeRelayFrame, encodeRelayFrame } from "../../protocol/relay/relay_frame.ts";
import { RelayStream } from "../../protocol/relay/relay_stream.ts";
import type { Logger } from "../log.ts";

/** What the executor's half of a relay needs. */
export interface RelayOptions {
  /** Serves one logical connection until it ends. */
  readonly serve: (transport: Transport) => Promise<void>;
  /** Is told of bad frames. */
  readonly log: Logger;
}

/**
 * Serves every logical connection of a rendezvous websocket, until that ends; then all of them have ended. The first
 * data frame of an unknown stream opens a connection. A bad frame is dropped and hurts nobody.
 *
 * All connections share the websocket, so none may stop it: one that leaves too much unread is reset.
 *
 * Source: environments, section 6.4.
 */
export async function serveRelay(socket: BinaryTransport, { serve, log }: RelayOptions): Promise<void> {
  const streams = new Map<string, RelayStream>();
  const serving = new Set<Promise<void>>();
  const open = (streamId: string): RelayStream => {
    const stream = new RelayStream(socket, streamId, () => void streams.delete(streamId));
    streams.set(streamId, stream);
    const served = serve(stream).finally(() => serving.delete(served));
    serving.add(served);
    return stream;
  };
  const refuse = (streamId: string, reason: string) => {
    log.warn("relay stream refused", { reason });
    socket.sendBytes(encodeRelayFrame({ streamId, body: { kind: "reset", reason } }));
  };
  for await (const message of socket.messages) {
    try {
      if (!(message instanceof Uint8Array)) throw new Error("relay expects binary protobuf frames");
      const { streamId, body } = decodeRelayFrame(message);
      const known = streams.get(streamId);
      if (body.kind === "reset") {
        streams.delete(streamId);
        known?.end();
      } else if (body.kind === "data") {
        if (known === undefined && streams.size >= LIMITS.maxRelayStreams) {
          refuse(streamId, "too many streams");
          continue;
        }
        const stream = known ?? open(streamId);
        if (waitingBytes(streams) + body.payload.length > LIMITS.maxRelayQueueBytes) {
          log.warn("relay stream reset", { reason: "it does not take its messages" });
          await stream.close({ code: 1013, text: "too many unread messages" });
        } else {
          stream.deliver(body.payload);
        }
      }
    } catch (error) {
      log.warn("relay frame dropped", { error: error instanceof Error ? error.message : String(error) });
    }
  }
  for (const stream of streams.values()) stream.end();
  await Promise.all(serving);
}

function waitingBytes(streams: ReadonlyMap<string, RelayStream>): number {
  let bytes = 0;
  for (const stream of streams.values()) bytes += stream.waitingBytes;
  return bytes;
}
