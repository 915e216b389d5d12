import type { RegistrationOptions } from "./registration.ts";
import { RegistryError, type RegistryNoun } from "../../protocol/registry/registry_error.ts";

/** The variable that holds the token. */
export const BEARER_TOKEN_VARIABLE = "CODEX_EXEC_SERVER_REMOTE_BEARER_TOKEN";

/**
 * The token and base URL of a registration, trimmed.
 *
 * Source: environments, section 6.1.
 *
 * @throws {RegistryError} when one is missing
 */
export function registrationInput(
  noun: RegistryNoun,
  { registryUrl, bearerToken }: RegistrationOptions,
): { bearerToken: string; base: string } {
  const variable = `${noun} registry bearer token environment variable \`${BEARER_TOKEN_VARIABLE}\``;
  if (bearerToken === undefined) throw RegistryError.authentication(noun, `${variable} is not set`);
  if (bearerToken.trim() === "") throw RegistryError.authentication(noun, `${variable} is empty`);
  const base = registryUrl.trim().replace(/\/+$/, "");
  if (base === "") throw RegistryError.configuration(noun, `${noun} registry base URL is required`);
  return { bearerToken: bearerToken.trim(), base };
}
