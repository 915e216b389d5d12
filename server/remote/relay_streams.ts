import { type BinaryTransport, LIMITS } from "../../protocol/mod.ts";
import { decodeRelayFrame } from "../../protocol/relay/relay_frame.ts";
import { OpenStreams, type RelayOptions } from "./open_streams.ts";

/**
 * Serves every logical connection of a rendezvous websocket, until that ends; then all of them have ended. The first
 * data frame of an unknown stream opens a connection. A bad frame is dropped and hurts nobody.
 *
 * Source: environments, section 6.4.
 */
export async function serveRelay(socket: BinaryTransport, options: RelayOptions): Promise<void> {
  const streams = new OpenStreams(socket, options);
  for await (const message of socket.messages) {
    try {
      if (!(message instanceof Uint8Array)) throw new Error("relay expects binary protobuf frames");
      const { streamId, body } = decodeRelayFrame(message);
      if (body.kind === "reset") {
        streams.end(streamId);
      } else if (body.kind === "data") {
        const known = streams.get(streamId);
        if (known !== undefined || streams.size < LIMITS.maxRelayStreams) {
          await streams.deliver(known ?? streams.open(streamId), body);
        } else {
          streams.refuse(streamId, "too many streams");
        }
      }
    } catch (error) {
      options.log.warn("relay frame dropped", { error: error instanceof Error ? error.message : String(error) });
    }
  }
  await streams.close();
}
