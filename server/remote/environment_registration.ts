import { z } from "zod";
import type { NoiseKeyPair } from "../../protocol/noise/noise_keys.ts";
import { checkEnvironmentId } from "../../protocol/registry/environment_id.ts";
import type { Registration, RegistrationOptions } from "./registration.ts";
import { registrationInput } from "./registration_input.ts";
import { RegistryError } from "../../protocol/registry/registry_error.ts";
import { registryRequest } from "../../protocol/registry/registry_request.ts";

/** How the connections on a rendezvous are carried: encrypted for each client, or as they are. */
export const REMOTE_TRANSPORTS = ["noise", "plain"] as const;

/** One of {@linkcode REMOTE_TRANSPORTS}. */
export type RemoteTransport = typeof REMOTE_TRANSPORTS[number];

/** Options of {@linkcode environmentRegistration}. */
export interface EnvironmentRegistrationOptions extends RegistrationOptions {
  /** Default "noise", as codex 0.169.0; "plain" for registries and clients without Noise. */
  readonly transport?: RemoteTransport | undefined;
}

const answerSchema = z.object({ environment_id: z.string(), url: z.string(), security_profile: z.string().optional() });

/**
 * Registration of an environment: the rendezvous carries many connections in relay frames.
 *
 * A registry that answers with another kind of transport than was asked for is refused, either way.
 *
 * Source: environments, sections 6.4 and 6.5.
 *
 * @throws {RegistryError} when the id, the token or the base URL is missing or malformed, in this order
 */
export function environmentRegistration(options: EnvironmentRegistrationOptions): Registration {
  const fault = checkEnvironmentId(options.id);
  if (fault !== undefined) throw RegistryError.configuration("environment", fault);
  const { bearerToken, base } = registrationInput("environment", options);
  const place = { bearerToken, url: `${base}/cloud/environment/${options.id}`, environmentId: options.id };
  let own: Promise<NoiseKeyPair> | undefined;
  return {
    relay: true,
    register: async (signal) => {
      // loaded when it is needed
      const noise = options.transport === "plain" ? undefined : await import("./noise_registration.ts");
      if (noise !== undefined) own ??= noise.executorKey();
      const key = await own;
      const answer = await registryRequest({
        noun: "environment",
        url: `${place.url}/register`,
        bearerToken,
        body: key === undefined ? undefined : noise?.registrationBody(key),
        followRedirects: false,
        signal,
      });
      const url = checkAnswer(answer, options.id, noise?.PROFILE);
      const notice = `exec-server remote environment ${options.id} registered`;
      return { url, notice, noise: key === undefined ? undefined : noise?.noiseIdentity(answer, key, place) };
    },
  };
}

/** The URL of the rendezvous. @throws {RegistryError} when it is not what was asked for */
function checkAnswer(answer: unknown, id: string, expected: string | undefined): string {
  const parsed = answerSchema.safeParse(answer);
  if (!parsed.success) {
    const field = parsed.error.issues[0]?.path.join(".");
    const cause = new Error(`missing field \`${field}\``);
    throw RegistryError.transport("environment", "error decoding response body", cause);
  }
  const { environment_id: environmentId, url, security_profile: profile } = parsed.data;
  if (environmentId !== id) {
    throw RegistryError.transport("environment", "environment registry returned a different environment id");
  }
  if (profile !== expected) {
    const text = `environment registry returned unsupported security profile \`${profile ?? "none"}\``;
    const remedy = expected === undefined ? "without" : "with";
    throw RegistryError.transport(
      "environment",
      `${text}: this executor registered ${remedy} Noise (--remote-transport)`,
    );
  }
  return url;
}
