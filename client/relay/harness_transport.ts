import type { BinaryTransport, IncomingFrame, OutgoingMessage, Transport } from "../../protocol/mod.ts";
import { decodeRelayFrame, type RelayFrame } from "../../protocol/relay/relay_frame.ts";
import { RelayStream } from "../../protocol/relay/relay_stream.ts";

/**
 * Speaks to an executor over a rendezvous websocket, which belongs to the transport from now on: one logical connection
 * with an id of its own. Frames of other connections are not for it and are ignored.
 *
 * Source: environments, section 6.4.
 */
export function harnessTransport(socket: BinaryTransport): Transport {
  const stream = new RelayStream(socket, crypto.randomUUID());
  stream.sendFrame({ kind: "resume", nextSeq: 0 });
  return streamTransport({ socket, stream, messages: socket.messages, read: readFrame });
}

/** What {@linkcode streamTransport} is made of. */
export interface StreamParts {
  /** Carries the stream, and nothing else that anybody wants. */
  readonly socket: BinaryTransport;
  /** Open on this side. */
  readonly stream: RelayStream;
  /** What the websocket receives from now on. */
  readonly messages: AsyncIterable<IncomingFrame>;
  /** Makes a frame of it. @throws {Error} which ends the transport */
  readonly read: (message: IncomingFrame) => RelayFrame;
}

/** A relay stream that has its websocket for itself: they end together. */
export function streamTransport(parts: StreamParts): Transport {
  const { socket, stream } = parts;
  let failure: string | undefined;
  const reading = receive(parts, (reason) => failure ??= reason);
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

/** Until the executor's reset, the end of the websocket, or something that the stream cannot go on after. */
async function receive({ socket, stream, messages, read }: StreamParts, failed: (why: string) => void): Promise<void> {
  for await (const message of messages) {
    try {
      const { streamId, body } = read(message);
      if (streamId !== stream.streamId) continue;
      if (body.kind === "data") await stream.deliver(body.seq, body.payload);
      else if (body.kind === "reset") throw new Error(body.reason);
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
function readFrame(message: IncomingFrame): RelayFrame {
  if (message instanceof Uint8Array) return decodeRelayFrame(message);
  if (message instanceof Error) throw message;
  throw new Error("relay exec-server transport expects binary protobuf frames");
}
