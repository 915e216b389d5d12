import { z } from "zod";
import { type NoiseKeyPair, noiseKeyPair } from "../../protocol/noise/noise_keys.ts";
import { encodeNoisePublicKey } from "../../protocol/noise/noise_public_key.ts";
import { NOISE_PROFILE } from "../../protocol/noise/noise_suite.ts";
import { RegistryError } from "../../protocol/registry/registry_error.ts";
import { registryRequest } from "../../protocol/registry/registry_request.ts";
import type { NoiseIdentity } from "./noise_streams.ts";

/** The security profile that is asked for. */
export const PROFILE = NOISE_PROFILE;

const answerSchema = z.object({ executor_registration_id: z.string().min(1) });
const verdictSchema = z.object({ valid: z.boolean() });

/** Where an environment registered. */
export interface RegisteredPlace {
  /** `{base}/cloud/environment/{id}` */
  readonly url: string;
  /** The environment. */
  readonly environmentId: string;
  /** For the registry. */
  readonly bearerToken: string;
}

export { noiseKeyPair as executorKey };

/** Body of a registration (environments, section 6.5). */
export function registrationBody({ publicKey }: NoiseKeyPair): Record<string, unknown> {
  return { security_profile: NOISE_PROFILE, executor_public_key: encodeNoisePublicKey(publicKey) };
}

/**
 * What a registration led to: its connections ask this registry about their harnesses, within 10 s.
 *
 * Source: environments, section 6.5.
 *
 * @throws {RegistryError} when the answer has no registration id
 */
export function noiseIdentity(
  answer: unknown,
  own: NoiseKeyPair,
  { url, environmentId, bearerToken }: RegisteredPlace,
): NoiseIdentity {
  const parsed = answerSchema.safeParse(answer);
  if (!parsed.success) {
    const cause = new Error("missing field `executor_registration_id`");
    throw RegistryError.transport("environment", "error decoding response body", cause);
  }
  const registrationId = parsed.data.executor_registration_id;
  return {
    own,
    environmentId,
    registrationId,
    validate: async ({ streamId, harnessKey, authorization, signal }) => {
      const verdict = await registryRequest({
        noun: "environment",
        url: `${url}/validate`,
        bearerToken,
        headers: { "x-codex-noise-stream-id": streamId },
        body: {
          executor_registration_id: registrationId,
          harness_public_key: encodeNoisePublicKey(harnessKey),
          harness_key_authorization: authorization,
        },
        followRedirects: false,
        signal,
      });
      const { success, data } = verdictSchema.safeParse(verdict);
      return success && data.valid;
    },
  };
}
