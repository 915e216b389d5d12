import {
  encodeSandbox,
  normalizePath,
  type PathForm,
  type PermissionProfile,
  type ProjectionDisk,
  projectSandboxPolicy,
  type SandboxContext,
  type SandboxPolicy,
  type SandboxRequest,
} from "../protocol/mod.ts";

const NO_DISK: ProjectionDisk = { lstat: () => undefined, readStart: () => undefined };

/** What contexts were made of, to write them for servers of the other generation. */
const requests = new WeakMap<SandboxContext, SandboxRequest>();

/**
 * The sandbox context of a legacy policy for a working directory.
 *
 * @param policy the policy
 * @param cwd absolute directory on the executor; its only workspace root
 * @param disk where to look up what is protected in the writable roots; default nowhere, since the directory may be on
 * another machine: then what is protected by name alone remains
 * @throws {TypeError} for a cwd or writable root that is not absolute
 *
 * @example Write nowhere but in one directory
 * ```ts
 * import { ExecServer, sandboxFromPolicy } from "../mod.ts";
 *
 * const server = await ExecServer.create();
 * const directory = await Deno.makeTempDir();
 * const sandbox = sandboxFromPolicy({ type: "workspace-write" }, directory);
 * await server.filesystem.writeFile(`${directory}/inside`, new Uint8Array(1), { sandbox });
 * const refused = await server.filesystem.writeFile("/etc/outside", new Uint8Array(1), { sandbox }).catch(() => true);
 * if (refused !== true) throw new Error("not refused");
 * await server.shutdown();
 * await Deno.remove(directory, { recursive: true });
 * ```
 */
export function sandboxFromPolicy(policy: SandboxPolicy, cwd: string, disk: ProjectionDisk = NO_DISK): SandboxContext {
  return contextOf(projectSandboxPolicy(policy, cwd, disk));
}

/** The sandbox context of a profile that needs no directory. @throws {RpcError} of the executor when it does need one */
export function sandboxFromProfile(profile: PermissionProfile): SandboxContext {
  return contextOf({ profile, windowsSandboxLevel: "disabled", useLegacyLandlock: false });
}

/**
 * The sandbox context of a profile for a directory, which is sent along as far as the permissions depend on it.
 *
 * @param cwd absolute directory on the executor
 * @throws {TypeError} when it is not absolute
 */
export function sandboxFromProfileWithCwd(profile: PermissionProfile, cwd: string): SandboxContext {
  if (!cwd.startsWith("/")) {
    throw new TypeError(`The cwd of a sandbox context must be absolute: ${JSON.stringify(cwd)}`);
  }
  return contextOf({ profile, cwd: normalizePath(cwd), windowsSandboxLevel: "disabled", useLegacyLandlock: false });
}

/** A context in the form a server takes; one that was not made here is sent as it is. */
export function contextFor(context: SandboxContext, form: PathForm): SandboxContext {
  const request = form === "native" ? requests.get(context) : undefined;
  return request === undefined ? context : encodeSandbox(request, "native");
}

function contextOf(request: SandboxRequest): SandboxContext {
  const context = encodeSandbox(request, "uri");
  requests.set(context, request);
  return context;
}
