import { RegistryError } from "../../protocol/registry/registry_error.ts";
import { checkEnvironmentId } from "../../protocol/registry/environment_id.ts";
import { connectRequest } from "./connect_request.ts";

/** Where and as whom to ask. */
export interface EnvironmentUrlOptions {
  /** Base URL of the registry. */
  readonly registryUrl: string;
  /** Sent to the registry as `authorization: Bearer`. */
  readonly bearerToken: string;
  /** Ends the request. */
  readonly signal?: AbortSignal;
}

/**
 * Asks a registry where an environment is reached. The URL holds a secret; it stays good for reconnects while the
 * registry knows the environment.
 *
 * Source: environments, section 6.5, without Noise: an environment that insists on it is refused, and
 * {@linkcode environmentTransport} is for those.
 *
 * @returns a URL for {@linkcode connectWebSocket}
 * @throws {RegistryError} when the registry cannot be reached or refuses
 */
export async function environmentUrl(id: string, options: EnvironmentUrlOptions): Promise<string> {
  const fault = checkEnvironmentId(id);
  if (fault !== undefined) throw RegistryError.configuration("environment", fault);
  const { registryUrl, bearerToken, signal } = options;
  const answer = await connectRequest(id, { registryUrl, bearerToken }, signal);
  const { environment_id: environmentId, url, security_profile: profile } = Object(answer) as Record<string, unknown>;
  if (environmentId !== id) {
    throw RegistryError.transport("environment", "environment registry returned a different environment id");
  }
  if (profile !== undefined) {
    throw RegistryError.transport(
      "environment",
      `environment registry returned unsupported security profile \`${profile}\`: environmentTransport() reaches it`,
    );
  }
  if (typeof url !== "string") throw RegistryError.transport("environment", "missing field `url`");
  return url;
}
