import { timingSafeEqual } from "node:crypto";
import { TEXTS } from "../../protocol/mod.ts";
import type { Authenticator, AuthResult } from "./authenticator.ts";
import { bearerToken } from "./bearer_token.ts";

const PRINCIPAL = "capability-token";

/**
 * `--ws-auth capability-token`: whoever has the one token is let in, and all of them are the same principal. Only the
 * token's SHA-256 is kept, and digests are compared in constant time.
 *
 * Source: exec-server protocol, section 4.4.
 */
export class CapabilityToken implements Authenticator {
  readonly #digest: Uint8Array;

  /** Lets in who has the token of this digest. @param digest SHA-256, 32 bytes @throws {RangeError} for another length */
  constructor(digest: Uint8Array) {
    if (digest.length !== 32) throw new RangeError(`expected a SHA-256 digest of 32 bytes, not of ${digest.length}`);
    this.#digest = digest;
  }

  /** Lets in who has this token. */
  static async of(token: string): Promise<CapabilityToken> {
    return new CapabilityToken(await sha256(token));
  }

  /** Compares the token. */
  async authenticate(authorization: string | undefined): Promise<AuthResult> {
    const bearer = bearerToken(authorization);
    if ("refusal" in bearer) return bearer;
    const same = timingSafeEqual(await sha256(bearer.token), this.#digest);
    return same ? { principal: PRINCIPAL } : { refusal: TEXTS.invalidBearerToken };
  }
}

async function sha256(text: string): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)));
}
