import { registryRequest } from "../../protocol/registry/registry_request.ts";

/** Where and as whom to ask. */
export interface RegistryAccess {
  /** Base URL of the registry. */
  readonly registryUrl: string;
  /** Sent as `authorization: Bearer`. */
  readonly bearerToken: string;
  /** Sent as `chatgpt-account-id`. */
  readonly chatgptAccountId?: string | undefined;
}

/**
 * Asks a registry to be connected with an environment.
 *
 * Source: environments, section 6.5.
 *
 * @param body nothing, or the key for Noise
 * @returns the answer's JSON
 * @throws {RegistryError} when the registry cannot be reached or refuses
 */
export function connectRequest(
  id: string,
  { registryUrl, bearerToken, chatgptAccountId }: RegistryAccess,
  signal: AbortSignal | undefined,
  body?: unknown,
): Promise<unknown> {
  return registryRequest({
    noun: "environment",
    url: `${registryUrl.trim().replace(/\/+$/, "")}/cloud/environment/${id}/connect`,
    bearerToken,
    headers: chatgptAccountId === undefined ? {} : { "chatgpt-account-id": chatgptAccountId },
    body,
    followRedirects: false,
    signal: signal ?? new AbortController().signal,
  });
}
