import type { BinaryTransport, OutgoingMessage, Transport } from "../../protocol/mod.ts";
import { decodeRelayFrame, type RelayFrame } from "../../protocol/relay/relay_frame.ts";
import { RelayStream } from "../../protocol/relay/relay_stream.ts";

/**
 * Speaks to an executor over a rendezvous websocket, which belongs to the transport from now on: one logical connection
 * with an id of its own. Frames of other connections are not for it and are ignored.
 *
 * Source: environments, section 6.4.
 */
export function harnessTransport(socket: BinaryTransport): Transport {
  const stream = new RelayStream(socket, crypto.randomUUID(), () => {});
  let failure: string | undefined;
  stream.sendFrame({ kind: "resume", nextSeq: 0 });
  const reading = receive(socket, stream, (reason) => failure ??= reason);
  return {
    label: stream.label,
    messages: stream.messages,
    ended: stream.ended,
    answersAfterEnd: false,
    get failure() {
      return failure;
    },
    get queuedBytes() {
      return stream.queuedBytes;
    },
    send: (message: OutgoingMessage) => stream.send(message),
    drained: () => stream.drained(),
    close: async (reason) => {
      await stream.close(reason);
      await socket.close(reason);
      await reading;
    },
  };
}

/** Until the executor's reset, the end of the websocket, or something that is no relay frame. */
async function receive(socket: BinaryTransport, stream: RelayStream, failed: (reason: string) => void): Promise<void> {
  for await (const message of socket.messages) {
    try {
      const frame = frameOf(message);
      if (frame.streamId !== stream.streamId) continue;
      if (frame.body.kind === "data") await stream.deliver(frame.body.payload);
      else if (frame.body.kind === "reset") throw new Error(frame.body.reason);
    } catch (error) {
      failed(error instanceof Error ? error.message : String(error));
      break;
    }
  }
  if (socket.failure !== undefined) failed(socket.failure);
  stream.end();
  await socket.close();
}

/** @throws {Error} saying why it is none */
function frameOf(message: string | Uint8Array | Error): RelayFrame {
  if (message instanceof Uint8Array) return decodeRelayFrame(message);
  if (message instanceof Error) throw message;
  throw new Error("relay exec-server transport expects binary protobuf frames");
}
