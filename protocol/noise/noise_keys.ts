import { NoiseError } from "./noise_error.ts";
import type { NoisePublicKey } from "./noise_public_key.ts";

/** A static or ephemeral key pair; the private halves stay in the runtime and cannot be read. */
export interface NoiseKeyPair {
  /** What the other side may know. */
  readonly publicKey: NoisePublicKey;
  /** Private, for {@linkcode agree}. */
  readonly x25519: CryptoKey;
  /** Private, for {@linkcode decapsulate}. */
  readonly mlkem768: CryptoKey;
}

/** A secret for the holder of a key, and what tells it to that holder. */
export interface Encapsulated {
  /** 1088 bytes to send. */
  readonly ciphertext: Uint8Array;
  /** 32 bytes to keep. */
  readonly secret: Uint8Array;
}

/** Where a handshake gets what must be new each time; tests that replay one give it what was used then. */
export interface NoiseRandomness {
  /** An ephemeral key pair. */
  keyPair(): Promise<NoiseKeyPair>;
  /** A secret for the holder of a key. */
  encapsulate(key: Uint8Array<ArrayBuffer>): Promise<Encapsulated>;
}

const MLKEM = "ML-KEM-768", X25519 = "X25519";

/** What the runtime has and the type library does not know yet. */
interface KemSubtle {
  encapsulateBits(algorithm: string, key: CryptoKey): Promise<{ ciphertext: ArrayBuffer; sharedKey: ArrayBuffer }>;
  decapsulateBits(algorithm: string, key: CryptoKey, ciphertext: Uint8Array): Promise<ArrayBuffer>;
  generateKey(algorithm: string, extractable: boolean, usages: readonly string[]): Promise<CryptoKeyPair>;
  importKey(
    format: string,
    bytes: Uint8Array,
    algorithm: string,
    extractable: boolean,
    usages: readonly string[],
  ): Promise<CryptoKey>;
  exportKey(format: string, key: CryptoKey): Promise<ArrayBuffer>;
}

const subtle = crypto.subtle as unknown as KemSubtle & Pick<SubtleCrypto, "deriveBits">;

/** Makes a key pair. @throws {NoiseError} where the runtime does not have both algorithms */
export async function noiseKeyPair(): Promise<NoiseKeyPair> {
  const [x25519, mlkem768] = await Promise.all([
    subtle.generateKey(X25519, false, ["deriveBits"]),
    subtle.generateKey(MLKEM, false, ["encapsulateBits", "decapsulateBits"]),
  ]).catch((cause) => {
    throw new NoiseError("Noise needs X25519 and ML-KEM-768, and this runtime has not both of them", { cause });
  });
  const [publicX25519, publicMlkem768] = await Promise.all([
    subtle.exportKey("raw", x25519.publicKey),
    subtle.exportKey("raw-public", mlkem768.publicKey),
  ]);
  return {
    publicKey: { x25519: new Uint8Array(publicX25519), mlkem768: new Uint8Array(publicMlkem768) },
    x25519: x25519.privateKey,
    mlkem768: mlkem768.privateKey,
  };
}

/** Makes secrets of the operating system's randomness. */
export const NOISE_RANDOMNESS: NoiseRandomness = { keyPair: noiseKeyPair, encapsulate };

/** Diffie-Hellman. @returns 32 bytes @throws {NoiseError} for a public key of small order */
export async function agree(own: CryptoKey, other: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  try {
    const key = await subtle.importKey("raw", other, X25519, false, []);
    return new Uint8Array(await subtle.deriveBits({ name: X25519, public: key }, own, 256));
  } catch (cause) {
    throw new NoiseError("X25519 public key cannot be used", { cause });
  }
}

/** The secret of {@linkcode NoiseRandomness.encapsulate}; a wrong ciphertext gives another one. @throws {NoiseError} */
export async function decapsulate(own: CryptoKey, ciphertext: Uint8Array): Promise<Uint8Array> {
  try {
    return new Uint8Array(await subtle.decapsulateBits(MLKEM, own, ciphertext));
  } catch (cause) {
    throw new NoiseError("ML-KEM ciphertext cannot be used", { cause });
  }
}

async function encapsulate(other: Uint8Array<ArrayBuffer>): Promise<Encapsulated> {
  try {
    const key = await subtle.importKey("raw-public", other, MLKEM, false, ["encapsulateBits"]);
    const { ciphertext, sharedKey } = await subtle.encapsulateBits(MLKEM, key);
    return { ciphertext: new Uint8Array(ciphertext), secret: new Uint8Array(sharedKey) };
  } catch (cause) {
    throw new NoiseError("ML-KEM public key cannot be used", { cause });
  }
}
