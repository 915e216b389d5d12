import { LIMITS } from "../limits.ts";
import type { RelayCodec } from "../relay/relay_codec.ts";
import type { CipherState } from "./cipher_state.ts";
import { frameMessage, MessageAssembler } from "./message_framing.ts";
import { NoiseError } from "./noise_error.ts";
import { RecordOrder } from "./record_order.ts";

/** The keys of one side. */
export interface ChannelKeys {
  /** For what is sent. */
  readonly send: CipherState;
  /** For what is received. */
  readonly receive: CipherState;
}

/**
 * Messages of a stream after its handshake, as encrypted records. A record that was changed, made up or left out ends the
 * stream; one that comes twice is dropped, and one that comes early waits.
 *
 * Source: environments, section 6.5.
 */
export class NoiseChannel implements RelayCodec {
  readonly maxMessageBytes: number = LIMITS.maxNoiseMessageBytes;
  readonly #keys: ChannelKeys;
  readonly #order = new RecordOrder();
  readonly #assembler = new MessageAssembler();
  #failed = false;

  /** @param keys as the handshake gave them, not used yet */
  constructor(keys: ChannelKeys) {
    this.#keys = keys;
  }

  /** Bytes of records that wait, and of a message that is not complete. */
  get heldBytes(): number {
    return this.#order.waitingBytes + this.#assembler.heldBytes;
  }

  /** Records of a message. @throws {NoiseError} when the numbers are used up: they never begin again */
  *encode(message: Uint8Array, seq: number): Generator<Uint8Array, void, void> {
    const records = Math.ceil((message.length + 4) / LIMITS.maxNoisePlaintextBytes);
    if (seq + records > LIMITS.maxNoiseRecords) throw new NoiseError("the stream has sent all the records it may");
    for (const plaintext of frameMessage(message)) yield this.#keys.send.seal(plaintext);
  }

  /** Messages that are complete with this record. @throws {NoiseError} when the stream cannot go on */
  decode(seq: number, payload: Uint8Array): Uint8Array[] {
    if (this.#failed) throw new NoiseError("Noise relay stream has failed");
    try {
      if (payload.length > LIMITS.maxNoiseFrameBytes) throw new NoiseError("Noise relay ciphertext is too long");
      return this.#order.push(seq, payload).flatMap((record) => this.#assembler.push(this.#open(record)));
    } catch (error) {
      this.#failed = true;
      throw error;
    }
  }

  #open(record: Uint8Array): Uint8Array {
    try {
      return this.#keys.receive.open(record);
    } catch (cause) {
      throw new NoiseError(`Noise relay decryption failed: ${(cause as Error).message}`, { cause });
    }
  }
}
