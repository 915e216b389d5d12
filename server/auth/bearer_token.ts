import { TEXTS } from "../../protocol/mod.ts";

/**
 * Reads the token of `Authorization: Bearer <token>`.
 *
 * Source: exec-server protocol, section 4.4.
 */
export function bearerToken(
  authorization: string | undefined,
): { readonly token: string } | { readonly refusal: string } {
  if (authorization === undefined) return { refusal: TEXTS.missingBearerToken };
  const token = /^bearer ([\x20-\x7e]*)$/i.exec(authorization)?.[1]?.trim() ?? "";
  return token === "" ? { refusal: TEXTS.invalidAuthorization } : { token };
}
