import { createHash, createHmac } from "node:crypto";
import { CipherState } from "./cipher_state.ts";
import { NOISE_PROTOCOL_NAME } from "./noise_suite.ts";

/** Keys of the records, by direction. */
export interface TransportKeys {
  /** From the initiator to the responder. */
  readonly initiator: CipherState;
  /** From the responder to the initiator. */
  readonly responder: CipherState;
}

/**
 * What both sides of a handshake know: a hash over all that was said, and a key that every secret has gone into.
 *
 * Source: Noise Protocol Framework, section 5.2, with SHA-256.
 */
export class SymmetricState {
  #hash: Uint8Array;
  #chainingKey: Uint8Array;
  #cipher: CipherState | undefined;

  /** Begins. @param prologue what both sides have to agree on beforehand */
  constructor(prologue: Uint8Array) {
    // the name is longer than a hash
    this.#hash = sha256(new TextEncoder().encode(NOISE_PROTOCOL_NAME));
    this.#chainingKey = this.#hash;
    this.mixHash(prologue);
  }

  /** Takes in something both sides see. */
  mixHash(data: Uint8Array): void {
    this.#hash = sha256(this.#hash, data);
  }

  /** Takes in a secret of Diffie-Hellman or of the ephemeral encapsulation. */
  mixKey(secret: Uint8Array): void {
    const [chainingKey, key] = expand(this.#chainingKey, secret);
    this.#chainingKey = chainingKey;
    this.#cipher = new CipherState(key);
  }

  /** Takes in a secret of the static encapsulation, also into the hash. */
  mixKeyAndHash(secret: Uint8Array): void {
    const [chainingKey, hash, key] = expand(this.#chainingKey, secret);
    this.#chainingKey = chainingKey;
    this.mixHash(hash);
    this.#cipher = new CipherState(key);
  }

  /** Encrypts once there is a key, and takes in the result. */
  encrypt(plaintext: Uint8Array): Uint8Array {
    const sent = this.#cipher?.seal(plaintext, this.#hash) ?? plaintext;
    this.mixHash(sent);
    return sent;
  }

  /** The other side of {@linkcode encrypt}. @throws {NoiseError} */
  decrypt(received: Uint8Array): Uint8Array {
    const plaintext = this.#cipher?.open(received, this.#hash) ?? received;
    this.mixHash(received);
    return plaintext;
  }

  /** Keys of the records; the handshake is over. */
  split(): TransportKeys {
    const [initiator, responder] = expand(this.#chainingKey, new Uint8Array(0));
    return { initiator: new CipherState(initiator), responder: new CipherState(responder) };
  }
}

function sha256(...parts: readonly Uint8Array[]): Uint8Array {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return hash.digest();
}

/** HKDF of the Noise specification, section 4.3: three keys of 32 bytes; the first two are the same without the third. */
function expand(chainingKey: Uint8Array, secret: Uint8Array): [Uint8Array, Uint8Array, Uint8Array] {
  const extracted = hmac(chainingKey, secret);
  const first = hmac(extracted, Uint8Array.of(1));
  const second = hmac(extracted, first, Uint8Array.of(2));
  return [first, second, hmac(extracted, second, Uint8Array.of(3))];
}

function hmac(key: Uint8Array, ...parts: readonly Uint8Array[]): Uint8Array {
  const mac = createHmac("sha256", key);
  for (const part of parts) mac.update(part);
  return mac.digest();
}
