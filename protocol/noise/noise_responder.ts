import { concatBytes } from "../concat_bytes.ts";
import { LIMITS } from "../limits.ts";
import { MessageParts } from "./message_parts.ts";
import { NoiseChannel } from "./noise_channel.ts";
import { NoiseError } from "./noise_error.ts";
import { agree, decapsulate, NOISE_RANDOMNESS, type NoiseKeyPair, type NoiseRandomness } from "./noise_keys.ts";
import type { NoisePublicKey } from "./noise_public_key.ts";
import { NOISE_SIZES } from "./noise_suite.ts";
import { SymmetricState } from "./symmetric_state.ts";

/** What an executor reads a handshake with. */
export interface NoiseReception {
  /** The executor's static key. */
  readonly own: NoiseKeyPair;
  /** {@linkcode noisePrologue}. */
  readonly prologue: Uint8Array;
  /** The first message. */
  readonly message: Uint8Array;
}

/** The executor's answer to a handshake. */
export interface NoiseAnswer {
  /** The second message. */
  readonly message: Uint8Array;
  /** What carries the messages from now on. */
  readonly channel: NoiseChannel;
}

/**
 * The executor's half of a handshake; see {@linkcode NoiseInitiator} for the pattern. Whether the harness may come in has
 * to be asked between the two messages.
 *
 * Source: environments, section 6.5; order and mixing determined live.
 */
export class NoiseResponder {
  /** The harness' static key: it has shown that it holds the X25519 half. */
  readonly harnessKey: NoisePublicKey;
  /** What the harness says the registry gave it for this key. */
  readonly authorization: Uint8Array;
  readonly #ephemeralKey: NoisePublicKey;
  readonly #state: SymmetricState;

  private constructor(
    harnessKey: NoisePublicKey,
    authorization: Uint8Array,
    ephemeralKey: NoisePublicKey,
    state: SymmetricState,
  ) {
    this.harnessKey = harnessKey;
    this.authorization = authorization;
    this.#ephemeralKey = ephemeralKey;
    this.#state = state;
  }

  /** Reads the first message. @throws {NoiseError} when it is not for this executor, registration and stream */
  static async read({ own, prologue, message }: NoiseReception): Promise<NoiseResponder> {
    if (message.length > LIMITS.maxNoiseFrameBytes) throw new NoiseError("the message is too long");
    const parts = new MessageParts(message);
    const state = new SymmetricState(prologue);
    state.mixHash(own.publicKey.x25519);
    state.mixHash(own.publicKey.mlkem768);
    const ciphertext = state.decrypt(parts.take(NOISE_SIZES.mlkem768Ciphertext));
    state.mixKeyAndHash(await decapsulate(own.mlkem768, ciphertext));
    const ephemeral = {
      x25519: parts.take(NOISE_SIZES.x25519PublicKey),
      mlkem768: parts.take(NOISE_SIZES.mlkem768PublicKey),
    };
    state.mixHash(ephemeral.x25519);
    state.mixHash(ephemeral.mlkem768);
    state.mixKey(await agree(own.x25519, ephemeral.x25519));
    const harness = {
      x25519: new Uint8Array(state.decrypt(parts.take(NOISE_SIZES.x25519PublicKey + NOISE_SIZES.tag))),
      mlkem768: new Uint8Array(state.decrypt(parts.take(NOISE_SIZES.mlkem768PublicKey + NOISE_SIZES.tag))),
    };
    state.mixKey(await agree(own.x25519, harness.x25519));
    const authorization = state.decrypt(parts.rest());
    if (authorization.length > LIMITS.maxNoiseAuthorizationBytes) {
      throw new NoiseError("Noise relay handshake authorization is too long");
    }
    return new NoiseResponder(harness, authorization, ephemeral, state);
  }

  /** Writes the second message; to be called once. @throws {NoiseError} for a key of the harness that cannot be used */
  async answer(random: NoiseRandomness = NOISE_RANDOMNESS): Promise<NoiseAnswer> {
    const state = this.#state;
    const forEphemeral = await random.encapsulate(this.#ephemeralKey.mlkem768);
    state.mixHash(forEphemeral.ciphertext);
    state.mixKey(forEphemeral.secret);
    const parts = [forEphemeral.ciphertext];
    const forStatic = await random.encapsulate(this.harnessKey.mlkem768);
    parts.push(state.encrypt(forStatic.ciphertext));
    state.mixKeyAndHash(forStatic.secret);
    const ephemeral = await random.keyPair();
    for (const key of [ephemeral.publicKey.x25519, ephemeral.publicKey.mlkem768]) {
      state.mixHash(key);
      parts.push(key);
    }
    state.mixKey(await agree(ephemeral.x25519, this.#ephemeralKey.x25519));
    state.mixKey(await agree(ephemeral.x25519, this.harnessKey.x25519));
    parts.push(state.encrypt(new Uint8Array(0)));
    const { initiator, responder } = state.split();
    return { message: concatBytes(parts), channel: new NoiseChannel({ send: responder, receive: initiator }) };
  }
}
