import { z } from "zod";
import { checkEnvironmentId } from "../../protocol/registry/environment_id.ts";
import type { Registration, RegistrationOptions } from "./registration.ts";
import { registrationInput } from "./registration_input.ts";
import { RegistryError } from "../../protocol/registry/registry_error.ts";
import { registryRequest } from "../../protocol/registry/registry_request.ts";

const answerSchema = z.object({ environment_id: z.string(), url: z.string(), security_profile: z.string().optional() });

/**
 * Registration of an environment: the rendezvous carries many connections in relay frames.
 *
 * A registry that insists on Noise is refused: this executor has no Noise relay.
 *
 * Source: environments, sections 6.4 and 6.5.
 *
 * @throws {RegistryError} when the id, the token or the base URL is missing or malformed, in this order
 */
export function environmentRegistration(options: RegistrationOptions): Registration {
  const fault = checkEnvironmentId(options.id);
  if (fault !== undefined) throw RegistryError.configuration("environment", fault);
  const { bearerToken, base } = registrationInput("environment", options);
  return {
    relay: true,
    register: async (signal) => {
      const url = `${base}/cloud/environment/${options.id}/register`;
      const answer = answerSchema.safeParse(
        await registryRequest({ noun: "environment", url, bearerToken, followRedirects: false, signal }),
      );
      if (!answer.success) {
        const field = answer.error.issues[0]?.path.join(".");
        const cause = new Error(`missing field \`${field}\``);
        throw RegistryError.transport("environment", "error decoding response body", cause);
      }
      const { environment_id: environmentId, security_profile: profile } = answer.data;
      if (environmentId !== options.id) {
        throw RegistryError.transport("environment", "environment registry returned a different environment id");
      }
      if (profile !== undefined) {
        throw RegistryError.transport(
          "environment",
          `environment registry returned unsupported security profile \`${profile}\`: this executor has no Noise relay`,
        );
      }
      return { url: answer.data.url, notice: `exec-server remote environment ${environmentId} registered` };
    },
  };
}
