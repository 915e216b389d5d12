import { TEXTS } from "../../protocol/mod.ts";
import type { Authenticator, AuthResult } from "./authenticator.ts";
import { bearerToken } from "./bearer_token.ts";

/** What a signed token has to fulfil. */
export interface SignedTokenOptions {
  /** Key of the HS256 signature, at least 32 bytes. */
  readonly secret: Uint8Array;
  /** Required `iss`. */
  readonly issuer?: string;
  /** What `aud` has to be or to contain. */
  readonly audience?: string;
  /** How far the issuer's clock may be off, s. */
  readonly maxClockSkewSeconds: number;
  /** The time, ms since 1970; default the system's clock. */
  readonly now?: () => number;
}

interface Claims {
  readonly exp: number;
  readonly nbf: number | undefined;
  readonly iss: string | undefined;
  readonly aud: readonly string[];
  readonly sub: string | undefined;
}

// the library takes padding and white space too
const JWT = /^[\w-]+\.[\w-]+\.[\w-]+$/;
const INVALID: AuthResult = { refusal: TEXTS.invalidJwt };

/**
 * `--ws-auth signed-bearer-token`: lets in who has a JWT with an HS256 signature of our secret that has not expired. The
 * principal is the token's issuer and subject.
 *
 * Source: exec-server protocol, section 4.4.
 */
export class SignedToken implements Authenticator {
  readonly #options: SignedTokenOptions;

  /** Loads nothing yet. @param options what to check */
  constructor(options: SignedTokenOptions) {
    this.#options = options;
  }

  /** Checks the signature, then the times, the issuer and the audience. */
  async authenticate(authorization: string | undefined): Promise<AuthResult> {
    const bearer = bearerToken(authorization);
    if ("refusal" in bearer) return bearer;
    const claims = await this.#verified(bearer.token);
    if (claims === undefined) return INVALID;
    const { issuer, audience, maxClockSkewSeconds: skew, now = Date.now } = this.#options;
    const seconds = Math.floor(now() / 1000);
    if (claims.exp + skew < seconds) return { refusal: TEXTS.expiredJwt };
    if (claims.nbf !== undefined && claims.nbf - skew > seconds) return { refusal: TEXTS.earlyJwt };
    if (issuer !== undefined && claims.iss !== issuer) return { refusal: TEXTS.jwtIssuer };
    if (audience !== undefined && !claims.aud.includes(audience)) return { refusal: TEXTS.jwtAudience };
    return { principal: `jwt:${JSON.stringify([claims.iss ?? null, claims.sub ?? null])}` };
  }

  async #verified(token: string): Promise<Claims | undefined> {
    if (!JWT.test(token)) return undefined;
    // loaded with the first token: most servers do without
    const { compactVerify } = await import("jose");
    try {
      const { payload } = await compactVerify(token, this.#options.secret, { algorithms: ["HS256"] });
      return claimsOf(JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(payload)));
    } catch {
      return undefined;
    }
  }
}

/** The claims we look at, or undefined when one has the wrong type. */
function claimsOf(payload: unknown): Claims | undefined {
  if (typeof payload !== "object" || payload === null) return undefined;
  const { exp, nbf, iss, aud, sub } = payload as Record<string, unknown>;
  if (!Number.isSafeInteger(exp) || !(isAbsent(nbf) || Number.isSafeInteger(nbf))) return undefined;
  if (![iss, sub].every((claim) => isAbsent(claim) || typeof claim === "string")) return undefined;
  const audiences = isAbsent(aud) ? [] : Array.isArray(aud) ? aud : [aud];
  if (!audiences.every((audience) => typeof audience === "string")) return undefined;
  return {
    exp: exp as number,
    nbf: (nbf ?? undefined) as number | undefined,
    iss: (iss ?? undefined) as string | undefined,
    aud: audiences,
    sub: (sub ?? undefined) as string | undefined,
  };
}

function isAbsent(claim: unknown): boolean {
  return claim === undefined || claim === null;
}
