import { type BinaryTransport, LIMITS } from "../../protocol/mod.ts";
import type { NoiseKeyPair } from "../../protocol/noise/noise_keys.ts";
import { noisePrologue } from "../../protocol/noise/noise_prologue.ts";
import type { NoisePublicKey } from "../../protocol/noise/noise_public_key.ts";
import { NoiseResponder } from "../../protocol/noise/noise_responder.ts";
import { decodeRelayFrame, type RelayBody } from "../../protocol/relay/relay_frame.ts";
import { OpenStreams, type RelayOptions } from "./open_streams.ts";

/** What the registry is asked about a harness. */
export interface HarnessQuestion {
  /** The logical connection it wants. */
  readonly streamId: string;
  /** Its static key. */
  readonly harnessKey: NoisePublicKey;
  /** What it says the registry gave it. */
  readonly authorization: string;
  /** The connection is gone; nobody waits any more. */
  readonly signal: AbortSignal;
}

/** What a registration at the registry led to. */
export interface NoiseIdentity {
  /** This process's key. */
  readonly own: NoiseKeyPair;
  /** The environment. */
  readonly environmentId: string;
  /** This registration of it. */
  readonly registrationId: string;
  /** Asks the registry whether a harness may come in. @throws {Error} when there is no answer */
  readonly validate: (question: HarnessQuestion) => Promise<boolean>;
}

/** Reason of every reset that answers a violation; what exactly it was is nobody's business. */
const VIOLATION = "noise_relay_protocol_error";

/**
 * Serves every logical connection of a rendezvous websocket over Noise, until that ends; then all of them have ended. A
 * connection begins with a handshake, whose harness the registry has to know. What breaks the protocol resets its
 * connection and no other; a frame that is none is dropped.
 *
 * Source: environments, section 6.5.
 */
export async function serveNoiseRelay(
  socket: BinaryTransport,
  identity: NoiseIdentity,
  options: RelayOptions,
): Promise<void> {
  const relay = new NoiseRelay(socket, identity, options);
  for await (const message of socket.messages) await relay.receive(message);
  await relay.close();
}

class NoiseRelay {
  readonly #identity: NoiseIdentity;
  readonly #options: RelayOptions;
  readonly #streams: OpenStreams;
  /** Handshakes under way by stream; aborted when nobody waits for them. */
  readonly #handshakes = new Map<string, AbortController>();
  readonly #work = new Set<Promise<void>>();

  constructor(socket: BinaryTransport, identity: NoiseIdentity, options: RelayOptions) {
    this.#identity = identity;
    this.#options = options;
    this.#streams = new OpenStreams(socket, options);
  }

  async receive(message: string | Uint8Array | Error): Promise<void> {
    let streamId: string, body: RelayBody;
    try {
      if (!(message instanceof Uint8Array)) throw new Error("relay expects binary protobuf frames");
      ({ streamId, body } = decodeRelayFrame(message));
    } catch (error) {
      this.#options.log.warn("relay frame dropped", { error: messageOf(error) });
      return;
    }
    if (body.kind === "reset") {
      this.#abandon(streamId);
      this.#streams.end(streamId);
    } else if (body.kind === "handshake") {
      this.#handshake(streamId, body.payload);
    } else if (body.kind === "data") {
      const stream = this.#streams.get(streamId);
      if (stream === undefined) return this.#violated(streamId, "data before a handshake");
      await this.#streams.deliver(stream, body).catch((error) => this.#violated(streamId, messageOf(error)));
    }
  }

  async close(): Promise<void> {
    for (const handshake of this.#handshakes.values()) handshake.abort();
    await this.#streams.close();
    await Promise.all(this.#work);
  }

  #handshake(streamId: string, message: Uint8Array): void {
    if (this.#streams.get(streamId) !== undefined || this.#handshakes.has(streamId)) {
      return this.#violated(streamId, "a second handshake");
    }
    if (this.#streams.size + this.#handshakes.size >= LIMITS.maxRelayStreams) {
      return this.#streams.refuse(streamId, "too many streams");
    }
    if (this.#handshakes.size >= LIMITS.maxNoiseValidations) {
      return this.#streams.refuse(streamId, "too many handshakes");
    }
    const abandoned = new AbortController();
    this.#handshakes.set(streamId, abandoned);
    const work = this.#answer(streamId, message, abandoned.signal)
      .catch((error) => {
        if (!abandoned.signal.aborted) this.#violated(streamId, messageOf(error));
      })
      .finally(() => this.#work.delete(work));
    this.#work.add(work);
  }

  /** @throws {Error} when there is no handshake */
  async #answer(streamId: string, message: Uint8Array, signal: AbortSignal): Promise<void> {
    const { own, environmentId, registrationId, validate } = this.#identity;
    const prologue = noisePrologue({ environmentId, registrationId, streamId });
    const responder = await NoiseResponder.read({ own, prologue, message });
    signal.throwIfAborted();
    const authorization = new TextDecoder("utf-8", { fatal: true }).decode(responder.authorization);
    if (!await validate({ streamId, harnessKey: responder.harnessKey, authorization, signal })) {
      throw new Error("the registry does not know the harness");
    }
    const answer = await responder.answer();
    signal.throwIfAborted();
    this.#handshakes.delete(streamId);
    // the answer goes out before anything that is served
    this.#streams.open(streamId, answer.channel, { kind: "handshake", payload: answer.message });
  }

  #violated(streamId: string, detail: string): void {
    this.#abandon(streamId);
    this.#options.log.warn("Noise relay violated", { error: detail });
    this.#streams.refuse(streamId, VIOLATION);
  }

  #abandon(streamId: string): void {
    this.#handshakes.get(streamId)?.abort();
    this.#handshakes.delete(streamId);
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
