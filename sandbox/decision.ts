import { internalError, invalidRequest } from "../protocol/errors.ts";
import type { Policy } from "./policy.ts";
import type { SandboxRequest } from "./profile.ts";

/** Where a file operation runs: in the server process, or in a helper that holds it to the policy. */
export type Decision = "direct" | "helper";

/** Where an operation that only reads runs. Source: exec-server permissions, section 3.1. */
export function readDecision(policy: Policy): Decision {
  return policy.fullRead ? "direct" : "helper";
}

/** Where an operation that writes runs; `fs/copy` counts as one. Source: exec-server permissions, section 3.1. */
export function writeDecision(policy: Policy): Decision {
  return policy.fullWrite ? "direct" : "helper";
}

/**
 * Refuses what a helper cannot be asked for on this host; for requests that would go to one.
 *
 * Source: exec-server permissions, sections 1.2 and 3.6.
 *
 * @throws {RpcError} -32600 for the Windows level `mxc`, -32603 for `useLegacyLandlock`
 */
export function checkHelperSupport(
  { windowsSandboxLevel, useLegacyLandlock }: Pick<SandboxRequest, "windowsSandboxLevel" | "useLegacyLandlock">,
): void {
  if (windowsSandboxLevel === "mxc") {
    throw invalidRequest(
      "failed to prepare fs sandbox: failed to prepare MXC sandbox: native MXC is unavailable on this executor",
    );
  }
  if (useLegacyLandlock) {
    throw internalError("filesystem-restricted requests are incompatible with useLegacyLandlock");
  }
}
