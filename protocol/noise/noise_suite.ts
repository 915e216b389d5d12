/** The one security profile of the newer registry contract (environments, section 6.5). */
export const NOISE_PROFILE = "noise_hybrid_ik_v1";

/** How public keys name their algorithms. */
export const NOISE_SUITE = "Noise_hybridIK_X25519+MLKEM768_AESGCM_SHA256";

/** What the handshake hash begins with: the suite as the Noise specification spells it (determined live). */
export const NOISE_PROTOCOL_NAME = "Noise_hybridIK_25519+MLKEM768_AESGCM_SHA256";

/** Bytes of what a handshake message is put together from. */
export const NOISE_SIZES = {
  /** An X25519 public key. */
  x25519PublicKey: 32,
  /** An ML-KEM-768 encapsulation key (FIPS 203). */
  mlkem768PublicKey: 1184,
  /** An ML-KEM-768 ciphertext (FIPS 203). */
  mlkem768Ciphertext: 1088,
  /** The tag behind everything that is encrypted. */
  tag: 16,
} as const;
