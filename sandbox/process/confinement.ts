import { invalidParams, RpcError, type SandboxContext } from "../../protocol/mod.ts";
import type { HostFacts } from "../host_facts.ts";
import { ObservedFacts } from "../observed_facts.ts";
import { parseSandbox } from "../parse_sandbox.ts";
import type { Policy } from "../policy.ts";
import { type NetworkAccess, restrictedEntries, type SandboxRequest } from "../profile.ts";
import { resolvePolicy } from "../resolve.ts";
import { type ListDirectory, matchDenyGlobs } from "./match_deny_globs.ts";
import { type IsPlaceholder, type MountPlan, planMounts } from "./mount_plan.ts";

/** What has to hold for a process. Source: exec-server permissions, section 4.1. */
export type Confinement =
  /** Nothing. */
  | { readonly kind: "open" }
  /** Its files are not restricted: system calls are, and with them its network. */
  | { readonly kind: "calls"; readonly network: NetworkAccess }
  /** Its files are restricted as well. */
  | { readonly kind: "files"; readonly network: NetworkAccess; readonly policy: Policy; readonly mounts: MountPlan };

/** The process a context comes with. */
export interface ConfinedProcess {
  /** Its working directory. */
  readonly cwd: string;
  /** Its own `TMPDIR`. */
  readonly tmpdir: string | undefined;
}

/** Where a context is looked up. */
export interface ConfinementHost {
  /** What profiles refer to. */
  readonly facts: HostFacts;
  /** Lists directories for deny globs. */
  readonly list: ListDirectory;
  /** Knows what only occupies a name for running processes. */
  readonly isPlaceholder: IsPlaceholder;
}

/**
 * Reads the sandbox context of a `process/start` and resolves what it asks for. Platform defaults are granted only to
 * whoever asks for them, unlike for file operations.
 *
 * Source: exec-server permissions, sections 2 and 4.1.
 *
 * @throws {RpcError} -32602, also for what cannot be enforced
 */
export function confine(context: SandboxContext, process: ConfinedProcess, host: ConfinementHost): Confinement {
  return confineRequest(parseSandbox(context, { processCwd: process.cwd }), process, host);
}

/** {@linkcode confine} for a context that was read already. @throws {RpcError} -32602 */
export function confineRequest(request: SandboxRequest, process: ConfinedProcess, host: ConfinementHost): Confinement {
  const { profile } = request;
  if (request.windowsSandboxLevel === "mxc") {
    throw unprepared("failed to prepare MXC sandbox: native MXC is unavailable on this executor");
  }
  if (profile.type === "disabled") return { kind: "open" };
  const { network } = profile;
  const entries = restrictedEntries(profile);
  if (entries === undefined) return { kind: "calls", network };
  const facts = new ObservedFacts({ ...host.facts, tmpdir: process.tmpdir });
  const policy = inPreparation(() => resolvePolicy(request, facts, { platformDefaults: false }));
  if (policy.fullWrite) return { kind: "calls", network };
  if (request.useLegacyLandlock) {
    throw unprepared("filesystem-restricted execution is incompatible with useLegacyLandlock");
  }
  const depth = profile.type === "managed" && profile.fileSystem.type === "restricted"
    ? profile.fileSystem.globScanMaxDepth
    : undefined;
  const denied = inPreparation(() => matchDenyGlobs(policy, depth, host.list));
  const mounts = inPreparation(() => planMounts(policy, denied, facts, host.isPlaceholder));
  return { kind: "files", network, policy, mounts };
}

function inPreparation<T>(prepare: () => T): T {
  try {
    return prepare();
  } catch (error) {
    if (error instanceof RpcError) throw unprepared(error.message);
    throw error;
  }
}

function unprepared(reason: string): RpcError {
  return invalidParams(`failed to prepare process sandbox: ${reason}`);
}
