import { z } from "zod";
import { decodeBase64 } from "../base64.ts";
import { NOISE_SIZES, NOISE_SUITE } from "./noise_suite.ts";

/** The public halves of a static or ephemeral key: one for Diffie-Hellman, one for encapsulation. */
export interface NoisePublicKey {
  /** 32 bytes. */
  readonly x25519: Uint8Array<ArrayBuffer>;
  /** 1184 bytes. */
  readonly mlkem768: Uint8Array<ArrayBuffer>;
}

/** A public key as registries pass it on; unknown members are refused. */
export const noisePublicKeySchema = z.strictObject({
  suite: z.literal(NOISE_SUITE),
  x25519_public_key: base64Of(NOISE_SIZES.x25519PublicKey),
  mlkem768_public_key: base64Of(NOISE_SIZES.mlkem768PublicKey),
});

/** The JSON form of a {@linkcode NoisePublicKey}. */
export type NoisePublicKeyJson = z.infer<typeof noisePublicKeySchema>;

/** The JSON form of a public key (environments, section 6.5). */
export function encodeNoisePublicKey({ x25519, mlkem768 }: NoisePublicKey): NoisePublicKeyJson {
  return {
    suite: NOISE_SUITE,
    x25519_public_key: x25519.toBase64(),
    mlkem768_public_key: mlkem768.toBase64(),
  };
}

/** The public key of a form that {@linkcode noisePublicKeySchema} has checked. */
export function decodeNoisePublicKey(json: NoisePublicKeyJson): NoisePublicKey {
  return { x25519: decodeBase64(json.x25519_public_key), mlkem768: decodeBase64(json.mlkem768_public_key) };
}

function base64Of(length: number): z.ZodString {
  return z.string().refine((text) => {
    try {
      return decodeBase64(text).length === length;
    } catch {
      return false;
    }
  }, `expected ${length} bytes in base64`);
}
