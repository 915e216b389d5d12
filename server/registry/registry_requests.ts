import { z } from "zod";
import { type NoisePublicKeyJson, noisePublicKeySchema } from "../../protocol/noise/noise_public_key.ts";
import { NOISE_PROFILE } from "../../protocol/noise/noise_suite.ts";
import { RegistryFault } from "./registry_fault.ts";

const registerExecutor = z.object({ idempotency_id: z.string(), executor_id: z.string(), name: z.string() });
const registerNoise = z.object({
  security_profile: z.literal(NOISE_PROFILE),
  executor_public_key: noisePublicKeySchema,
});
const connectNoise = z.object({ harness_public_key: noisePublicKeySchema });
const validate = z.object({
  executor_registration_id: z.string(),
  harness_public_key: noisePublicKeySchema,
  harness_key_authorization: z.string(),
});

/** Body of a registration of the older contract. */
export type RegisterExecutor = z.infer<typeof registerExecutor>;
/** Body of `validate`. */
export type ValidateKey = z.infer<typeof validate>;

/** Reads the body of a registration of the older contract. @throws {RegistryFault} 400 */
export function readRegisterExecutor(body: Uint8Array): RegisterExecutor {
  return read(registerExecutor, body);
}

/** Reads the body of a registration of the newer contract: empty, or a key for Noise. @throws {RegistryFault} 400 */
export function readRegisterEnvironment(body: Uint8Array): NoisePublicKeyJson | undefined {
  return body.length === 0 ? undefined : read(registerNoise, body).executor_public_key;
}

/** Reads the body of `connect`: empty, or a key for Noise. @throws {RegistryFault} 400 */
export function readConnect(body: Uint8Array): NoisePublicKeyJson | undefined {
  return body.length === 0 ? undefined : read(connectNoise, body).harness_public_key;
}

/** Reads the body of `validate`. @throws {RegistryFault} 400 */
export function readValidate(body: Uint8Array): ValidateKey {
  return read(validate, body);
}

function read<T>(schema: z.ZodType<T>, body: Uint8Array): T {
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(body));
  } catch {
    throw new RegistryFault(400, "invalid_request", "the body is not JSON");
  }
  const result = schema.safeParse(json);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  throw new RegistryFault(400, "invalid_request", `body: ${issue?.path.join(".")}: ${issue?.message}`);
}
