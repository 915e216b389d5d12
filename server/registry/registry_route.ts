import type { HttpHead } from "../http_head.ts";
import { RegistryFault } from "./registry_fault.ts";

/** Who comes to a rendezvous: an executor, a client that speaks relay frames, or one that does not. */
export type RendezvousRole = "executor" | "harness" | "client";

/** What a request to the registry is about. */
export type RegistryRoute =
  | { readonly kind: "registerExecutor" | "registerEnvironment" | "connect" | "validate"; readonly id: string }
  | { readonly kind: "rendezvous"; readonly id: string; readonly role: RendezvousRole; readonly secret: string };

const ROLES: readonly string[] = ["executor", "harness", "client"] satisfies RendezvousRole[];
const ACTIONS: Readonly<Record<string, RegistryRoute["kind"]>> = {
  "executor/register": "registerExecutor",
  "environment/register": "registerEnvironment",
  "environment/connect": "connect",
  "environment/validate": "validate",
  "environment/validate-harness-key": "validate",
};

/**
 * Finds out what a request is about.
 *
 * Source: environments, sections 6.2, 6.4 and 6.5; the path of the rendezvous is our own.
 *
 * @throws {RegistryFault} 404 or 405
 */
export function registryRoute({ path, method, query }: HttpHead): RegistryRoute {
  const rendezvous = /^\/rendezvous\/([^/]+)$/.exec(path);
  if (rendezvous !== null) {
    const role = query.get("role") ?? "";
    if (!ROLES.includes(role)) {
      throw new RegistryFault(400, "invalid_request", "role: expected executor, harness or client");
    }
    return {
      kind: "rendezvous",
      id: idOf(rendezvous[1]),
      role: role as RendezvousRole,
      secret: query.get("sig") ?? "",
    };
  }
  const [, noun, id, verb] = /^\/cloud\/(executor|environment)\/([^/]+)\/([a-z-]+)$/.exec(path) ?? [];
  const kind = ACTIONS[`${noun}/${verb}`];
  if (kind === undefined || kind === "rendezvous") throw new RegistryFault(404, "not_found", "no such path");
  if (method !== "POST") throw new RegistryFault(405, "method_not_allowed", "expected POST");
  return { kind, id: idOf(id) };
}

function idOf(text = ""): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new RegistryFault(400, "invalid_request", "malformed id");
  }
}
