import { type BinaryTransport, type IncomingFrame, LIMITS, type Transport } from "../../protocol/mod.ts";
import { NoiseError } from "../../protocol/noise/noise_error.ts";
import { NoiseInitiator } from "../../protocol/noise/noise_initiator.ts";
import type { NoiseKeyPair } from "../../protocol/noise/noise_keys.ts";
import { noisePrologue } from "../../protocol/noise/noise_prologue.ts";
import type { NoisePublicKey } from "../../protocol/noise/noise_public_key.ts";
import type { RelayCodec } from "../../protocol/relay/relay_codec.ts";
import { decodeRelayFrame, type RelayFrame } from "../../protocol/relay/relay_frame.ts";
import { RelayStream } from "../../protocol/relay/relay_stream.ts";
import { ClientError } from "../errors.ts";
import { formatDuration } from "../format_duration.ts";
import { streamTransport } from "./harness_transport.ts";

/** Whom a handshake is with, as the registry told. */
export interface NoisePeer {
  /** The environment. */
  readonly environmentId: string;
  /** The registration of its executor. */
  readonly registrationId: string;
  /** Nobody but the holder of this key can answer. */
  readonly executorKey: NoisePublicKey;
  /** The executor shows it to the registry. */
  readonly authorization: string;
}

/** Further options of {@linkcode noiseTransport}. */
export interface NoiseTransportOptions {
  /** This side's static key. */
  readonly own: NoiseKeyPair;
  /** Gives up the handshake. */
  readonly signal?: AbortSignal | undefined;
  /** Bound of the handshake, ms; default 10 s. */
  readonly timeoutMs?: number | undefined;
}

/**
 * Speaks to an executor over a rendezvous websocket, encrypted for it; the websocket belongs to the transport from now
 * on. The text of an error never holds a secret.
 *
 * Source: environments, section 6.5.
 *
 * @throws {ClientError} "connect" when there is no handshake with this executor, "connectTimeout" when it takes too long,
 * or the signal's reason
 */
export async function noiseTransport(
  socket: BinaryTransport,
  peer: NoisePeer,
  { own, signal, timeoutMs = LIMITS.connectTimeoutMs }: NoiseTransportOptions,
): Promise<Transport> {
  const givenUp = Promise.withResolvers<never>();
  const abort = () => givenUp.reject(signal?.reason);
  const late = `timed out waiting for Noise relay handshake after ${formatDuration(timeoutMs)}`;
  const timer = setTimeout(() => givenUp.reject(new ClientError("connectTimeout", late)), timeoutMs);
  if (signal?.aborted) abort();
  else signal?.addEventListener("abort", abort, { once: true });
  const handshaking = handshake(socket, peer, own);
  handshaking.catch(() => {}); // it may fail after it was given up
  try {
    return await Promise.race([handshaking, givenUp.promise]);
  } catch (error) {
    socket.close(); // which may take a while that nobody need wait for
    throw error;
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", abort);
  }
}

async function handshake(socket: BinaryTransport, peer: NoisePeer, own: NoiseKeyPair): Promise<Transport> {
  const streamId = crypto.randomUUID();
  const opening = new RelayStream(socket, streamId);
  const initiator = await NoiseInitiator.begin({
    own,
    executorKey: peer.executorKey,
    prologue: noisePrologue({ ...peer, streamId }),
    authorization: new TextEncoder().encode(peer.authorization),
  }).catch((cause) => {
    throw failure("failed to start Noise relay handshake", cause);
  });
  opening.sendFrame({ kind: "resume", nextSeq: 0 });
  opening.sendFrame({ kind: "handshake", payload: initiator.message });
  const iterator = socket.messages[Symbol.asyncIterator]();
  const answer = await answerOf(iterator, streamId);
  const codec: RelayCodec = await initiator.finish(answer).catch((cause) => {
    throw failure("Noise relay handshake failed", cause);
  });
  const stream = new RelayStream(socket, streamId, { codec });
  return streamTransport({ socket, stream, messages: { [Symbol.asyncIterator]: () => iterator }, read: readRecord });
}

/** The payload of the executor's handshake frame. @throws {ClientError} */
async function answerOf(messages: AsyncIterator<IncomingFrame>, streamId: string): Promise<Uint8Array> {
  while (true) {
    const { done, value } = await messages.next();
    if (done) throw new ClientError("connect", "Noise relay websocket closed during handshake");
    const { streamId: of, body } = readFrame(value, (text, options) => new ClientError("connect", text, options));
    if (of !== streamId) continue;
    if (body.kind === "handshake") return body.payload;
    if (body.kind === "data") throw new ClientError("connect", "Noise relay received data before handshake completion");
    if (body.kind === "reset") throw failure("Noise relay handshake failed", new NoiseError(body.reason));
  }
}

/** A frame after the handshake. @throws {NoiseError} */
function readRecord(message: IncomingFrame): RelayFrame {
  const frame = readFrame(message, (text, options) => new NoiseError(text, options));
  if (frame.body.kind === "handshake" || frame.body.kind === "resume") {
    throw new NoiseError("Noise relay received invalid post-handshake frame");
  }
  return frame;
}

function readFrame(message: IncomingFrame, error: (text: string, options?: ErrorOptions) => Error): RelayFrame {
  if (message instanceof Error) throw error(`Noise relay handshake failed: ${message.message}`, { cause: message });
  if (typeof message === "string") throw error("Noise relay transport expects binary protobuf frames");
  try {
    return decodeRelayFrame(message);
  } catch (cause) {
    throw error((cause as Error).message, { cause });
  }
}

function failure(what: string, cause: unknown): ClientError {
  const detail = cause instanceof Error ? cause.message : String(cause);
  return new ClientError("connect", `${what}: ${detail}`, { cause });
}
