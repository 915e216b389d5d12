import { z } from "zod";
import type { Registration, RegistrationOptions } from "./registration.ts";
import { registrationInput } from "./registration_input.ts";
import { RegistryError } from "../../protocol/registry/registry_error.ts";
import { registryRequest } from "../../protocol/registry/registry_request.ts";

const DEFAULT_NAME = "codex-exec-server";
const PROTOCOL = "codex-exec-server-v1";
const answerSchema = z.object({ id: z.string(), executor_id: z.string(), url: z.string() });

/** Options of {@linkcode executorRegistration}. */
export interface ExecutorRegistrationOptions extends RegistrationOptions {
  /** Shown by the registry; default `codex-exec-server`. */
  readonly name?: string | undefined;
}

/**
 * Registration of an executor, as codex 0.130.0 does it: JSON-RPC goes over the rendezvous as it is.
 *
 * Source: environments, section 6.2.
 *
 * @throws {RegistryError} when the id, the token or the base URL is missing, in this order
 */
export async function executorRegistration(options: ExecutorRegistrationOptions): Promise<Registration> {
  const id = options.id.trim();
  if (id === "") {
    throw RegistryError.configuration("executor", "executor id is required for remote exec-server registration");
  }
  const { bearerToken, base } = registrationInput("executor", options);
  const name = options.name ?? DEFAULT_NAME;
  const body = {
    idempotency_id: await idempotencyId(id, name),
    executor_id: id,
    name,
    labels: {},
    metadata: {},
  };
  return {
    relay: false,
    register: async (signal) => {
      const url = `${base}/cloud/executor/${id}/register`;
      const answer = answerSchema.safeParse(
        await registryRequest({ noun: "executor", url, bearerToken, body, followRedirects: true, signal }),
      );
      if (!answer.success) {
        const field = answer.error.issues[0]?.path.join(".");
        throw RegistryError.transport(
          "executor",
          "error decoding response body",
          new Error(`missing field \`${field}\``),
        );
      }
      const notice =
        `codex exec-server remote executor ${answer.data.id} registered with executor_id ${answer.data.executor_id}`;
      return { url: answer.data.url, notice };
    },
  };
}

/** The same for every registration of this process, another for every other process. */
async function idempotencyId(id: string, name: string): Promise<string> {
  const instance = new Uint8Array(
    crypto.randomUUID().replaceAll("-", "").match(/../g)!.map((hex) => parseInt(hex, 16)),
  );
  const text = new TextEncoder().encode(`${id}\0${name}\0${PROTOCOL}\0`);
  const digest = await crypto.subtle.digest("SHA-256", new Uint8Array([...text, ...instance]));
  return `codex-exec-server-${new Uint8Array(digest).toHex()}`;
}
