import { concatBytes } from "../concat_bytes.ts";

const DOMAIN = "codex-exec-server-relay-noise/v1";

/** What a handshake is bound to: it cannot be moved to another one of any of these. */
export interface NoiseBinding {
  /** The environment at the registry. */
  readonly environmentId: string;
  /** The registration of its executor. */
  readonly registrationId: string;
  /** The logical connection. */
  readonly streamId: string;
}

/** The prologue of a handshake: each part behind its length in 8 bytes (environments, section 6.5). */
export function noisePrologue({ environmentId, registrationId, streamId }: NoiseBinding): Uint8Array {
  const encoder = new TextEncoder();
  return concatBytes([DOMAIN, environmentId, registrationId, streamId].flatMap((text) => {
    const bytes = encoder.encode(text);
    const length = new Uint8Array(8);
    new DataView(length.buffer).setBigUint64(0, BigInt(bytes.length));
    return [length, bytes];
  }));
}
