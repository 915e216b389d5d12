import { z } from "zod";
import { LIMITS } from "../../protocol/mod.ts";
import { type NoiseKeyPair, noiseKeyPair } from "../../protocol/noise/noise_keys.ts";
import {
  decodeNoisePublicKey,
  encodeNoisePublicKey,
  type NoisePublicKey,
  noisePublicKeySchema,
} from "../../protocol/noise/noise_public_key.ts";
import { NOISE_PROFILE } from "../../protocol/noise/noise_suite.ts";
import { RegistryError } from "../../protocol/registry/registry_error.ts";
import type { NoisePeer } from "../relay/noise_transport.ts";
import { connectRequest, type RegistryAccess } from "./connect_request.ts";

const headSchema = z.object({ environment_id: z.string(), security_profile: z.string().optional() });
const bundleSchema = z.object({
  url: z.string().regex(/^wss?:\/\//),
  executor_registration_id: z.string().min(1),
  executor_public_key: noisePublicKeySchema,
  harness_key_authorization: z.string().min(1).refine(
    (text) => new TextEncoder().encode(text).length <= LIMITS.maxNoiseAuthorizationBytes,
    `expected at most ${LIMITS.maxNoiseAuthorizationBytes} bytes`,
  ),
});

/** Where to meet an executor, once, and how to know it. */
export interface NoiseMeeting {
  /** Of the rendezvous; holds a secret. */
  readonly url: string;
  /** The executor. */
  readonly peer: NoisePeer;
}

let key: Promise<NoiseKeyPair> | undefined;

/** This process's key: the same for all environments and attempts. */
export function harnessKey(): Promise<NoiseKeyPair> {
  key ??= noiseKeyPair();
  return key;
}

/**
 * Asks a registry for a meeting with the executor of an environment.
 *
 * Source: environments, section 6.5.
 *
 * @throws {RegistryError} when it cannot be reached, refuses, or answers for something else
 */
export async function noiseMeeting(
  id: string,
  harnessKey: NoisePublicKey,
  access: RegistryAccess,
  signal?: AbortSignal,
): Promise<NoiseMeeting> {
  const body = { harness_public_key: encodeNoisePublicKey(harnessKey) };
  const answer = await connectRequest(id, access, signal, body);
  const { environment_id: environmentId, security_profile: profile } = read(headSchema, answer);
  if (environmentId !== id) {
    throw RegistryError.transport("environment", "environment registry returned a different environment id");
  }
  if (profile !== NOISE_PROFILE) {
    const text = `environment registry returned unsupported security profile \`${profile ?? "none"}\``;
    throw RegistryError.transport("environment", text);
  }
  const bundle = read(bundleSchema, answer);
  return {
    url: bundle.url,
    peer: {
      environmentId,
      registrationId: bundle.executor_registration_id,
      executorKey: decodeNoisePublicKey(bundle.executor_public_key),
      authorization: bundle.harness_key_authorization,
    },
  };
}

/** @throws {RegistryError} naming the field, never its value */
function read<T>(schema: z.ZodType<T>, answer: unknown): T {
  const result = schema.safeParse(answer);
  if (result.success) return result.data;
  const field = result.error.issues[0]?.path.join(".") ?? "";
  const cause = new Error(field === "" ? "expected an object" : `missing or malformed field \`${field}\``);
  throw RegistryError.transport("environment", "error decoding response body", cause);
}
