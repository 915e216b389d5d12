import type { NoiseKeyPair, NoiseRandomness } from "../../protocol/noise/noise_keys.ts";
import { NOISE_RANDOMNESS } from "../../protocol/noise/noise_keys.ts";

/** A key pair with its private halves, made for a recording and used for nothing else; base64. */
export interface RecordedKey {
  readonly x25519: { readonly d: string; readonly x: string };
  readonly mlkem768: { readonly seed: string; readonly public: string };
}

/** What a handshake got of its {@linkcode NoiseRandomness}, in order; base64. */
export interface RecordedRandomness {
  readonly keys: RecordedKey[];
  readonly encapsulated: { readonly ciphertext: string; readonly secret: string }[];
}

const MLKEM = "ML-KEM-768";
// the type library does not know ML-KEM yet
const subtle = crypto.subtle as unknown as {
  generateKey(algorithm: string, extractable: boolean, usages: string[]): Promise<CryptoKeyPair>;
  exportKey(format: string, key: CryptoKey): Promise<ArrayBuffer>;
  importKey(
    format: string,
    data: unknown,
    algorithm: string,
    extractable: boolean,
    usages: string[],
  ): Promise<CryptoKey>;
};

/** Makes a key pair whose private halves can be recorded. */
export async function recordableKey(): Promise<RecordedKey> {
  const x25519 = await subtle.generateKey("X25519", true, ["deriveBits"]);
  const mlkem768 = await subtle.generateKey(MLKEM, true, ["encapsulateBits", "decapsulateBits"]);
  const { d, x } = await subtle.exportKey("jwk", x25519.privateKey) as JsonWebKey;
  const seed = new Uint8Array(await subtle.exportKey("raw-seed", mlkem768.privateKey));
  const publicKey = new Uint8Array(await subtle.exportKey("raw-public", mlkem768.publicKey));
  return { x25519: { d: d!, x: x! }, mlkem768: { seed: seed.toBase64(), public: publicKey.toBase64() } };
}

/** The key pair again. */
export async function importRecordedKey({ x25519, mlkem768 }: RecordedKey): Promise<NoiseKeyPair> {
  const jwk = { kty: "OKP", crv: "X25519", ...x25519 };
  return {
    publicKey: {
      x25519: Uint8Array.fromBase64(x25519.x, { alphabet: "base64url" }),
      mlkem768: Uint8Array.fromBase64(mlkem768.public),
    },
    x25519: await subtle.importKey("jwk", jwk, "X25519", false, ["deriveBits"]),
    mlkem768: await subtle.importKey("raw-seed", Uint8Array.fromBase64(mlkem768.seed), MLKEM, false, [
      "decapsulateBits",
    ]),
  };
}

/** True randomness that is written down. */
export function recordingRandomness(): { random: NoiseRandomness; record: RecordedRandomness } {
  const record: RecordedRandomness = { keys: [], encapsulated: [] };
  const random: NoiseRandomness = {
    keyPair: async () => {
      const key = await recordableKey();
      record.keys.push(key);
      return await importRecordedKey(key);
    },
    encapsulate: async (publicKey) => {
      const made = await NOISE_RANDOMNESS.encapsulate(publicKey);
      record.encapsulated.push({ ciphertext: made.ciphertext.toBase64(), secret: made.secret.toBase64() });
      return made;
    },
  };
  return { random, record };
}

/** The same once more. */
export function recordedRandomness({ keys, encapsulated }: RecordedRandomness): NoiseRandomness {
  const nextKey = keys.values(), next = encapsulated.values();
  return {
    keyPair: () => importRecordedKey(nextKey.next().value!),
    encapsulate: () => {
      const { ciphertext, secret } = next.next().value!;
      return Promise.resolve({ ciphertext: Uint8Array.fromBase64(ciphertext), secret: Uint8Array.fromBase64(secret) });
    },
  };
}
