import { concatBytes } from "../concat_bytes.ts";
import { MessageParts } from "./message_parts.ts";
import { NoiseChannel } from "./noise_channel.ts";
import { NoiseError } from "./noise_error.ts";
import { agree, decapsulate, NOISE_RANDOMNESS, type NoiseKeyPair, type NoiseRandomness } from "./noise_keys.ts";
import type { NoisePublicKey } from "./noise_public_key.ts";
import { NOISE_SIZES } from "./noise_suite.ts";
import { SymmetricState } from "./symmetric_state.ts";

/** What a harness begins a handshake with. */
export interface NoiseInitiation {
  /** The harness' static key. */
  readonly own: NoiseKeyPair;
  /** The executor's static key, as the registry told. */
  readonly executorKey: NoisePublicKey;
  /** {@linkcode noisePrologue}. */
  readonly prologue: Uint8Array;
  /** The registry's authorization of the own key; encrypted to the executor. */
  readonly authorization: Uint8Array;
}

/**
 * The harness' half of a handshake, pattern hybridIK:
 *
 * ```text
 * <- s
 * ...
 * -> skem, e, es, s, ss
 * <- ekem, skem, e, ee, se
 * ```
 *
 * `e` and `s` are pairs of keys, X25519 and then ML-KEM; `skem` is encrypted as soon as there is a key.
 *
 * Source: environments, section 6.5; order and mixing determined live.
 */
export class NoiseInitiator {
  /** The first message. */
  readonly message: Uint8Array;
  readonly #own: NoiseKeyPair;
  readonly #ephemeral: NoiseKeyPair;
  readonly #state: SymmetricState;

  private constructor(message: Uint8Array, own: NoiseKeyPair, ephemeral: NoiseKeyPair, state: SymmetricState) {
    this.message = message;
    this.#own = own;
    this.#ephemeral = ephemeral;
    this.#state = state;
  }

  /** Writes the first message. @throws {NoiseError} for a key of the executor that cannot be used */
  static async begin(
    { own, executorKey, prologue, authorization }: NoiseInitiation,
    random: NoiseRandomness = NOISE_RANDOMNESS,
  ): Promise<NoiseInitiator> {
    const state = new SymmetricState(prologue);
    state.mixHash(executorKey.x25519);
    state.mixHash(executorKey.mlkem768);
    const { ciphertext, secret } = await random.encapsulate(executorKey.mlkem768);
    const parts = [state.encrypt(ciphertext)];
    state.mixKeyAndHash(secret);
    const ephemeral = await random.keyPair();
    for (const key of [ephemeral.publicKey.x25519, ephemeral.publicKey.mlkem768]) {
      state.mixHash(key);
      parts.push(key);
    }
    state.mixKey(await agree(ephemeral.x25519, executorKey.x25519));
    parts.push(state.encrypt(own.publicKey.x25519), state.encrypt(own.publicKey.mlkem768));
    state.mixKey(await agree(own.x25519, executorKey.x25519));
    parts.push(state.encrypt(authorization));
    return new NoiseInitiator(concatBytes(parts), own, ephemeral, state);
  }

  /** Reads the executor's answer; to be called once. @throws {NoiseError} when it is not the executor's, or not to this */
  async finish(message: Uint8Array): Promise<NoiseChannel> {
    const state = this.#state;
    const parts = new MessageParts(message);
    const ciphertext = parts.take(NOISE_SIZES.mlkem768Ciphertext);
    state.mixHash(ciphertext);
    state.mixKey(await decapsulate(this.#ephemeral.mlkem768, ciphertext));
    const forStatic = state.decrypt(parts.take(NOISE_SIZES.mlkem768Ciphertext + NOISE_SIZES.tag));
    state.mixKeyAndHash(await decapsulate(this.#own.mlkem768, forStatic));
    const ephemeral = parts.take(NOISE_SIZES.x25519PublicKey);
    state.mixHash(ephemeral);
    state.mixHash(parts.take(NOISE_SIZES.mlkem768PublicKey));
    state.mixKey(await agree(this.#ephemeral.x25519, ephemeral));
    state.mixKey(await agree(this.#own.x25519, ephemeral));
    if (state.decrypt(parts.rest()).length > 0) throw new NoiseError("the answer has an unexpected payload");
    const { initiator, responder } = state.split();
    return new NoiseChannel({ send: initiator, receive: responder });
  }
}
