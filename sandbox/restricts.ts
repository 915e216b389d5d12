import { invalidParams, invalidRequest, type SandboxContext } from "../protocol/mod.ts";

type Members = Readonly<Record<string, unknown>>;

/**
 * Refuses a request whose sandbox context restricts it: this build cannot enforce that, and running it unconfined is not
 * an option. Passes when there is no context or it restricts nothing the method does.
 *
 * Source: exec-server permissions, section 1.
 *
 * @throws {RpcError} -32600 for a restricting context, -32602 for one that cannot be read
 */
export function refuseRestricted(method: string, sandbox: SandboxContext | null | undefined): void {
  if (sandbox === null || sandbox === undefined) return;
  const permissions = members(sandbox.permissions, "permissions");
  const type = choice(permissions.type, "permissions.type", ["managed", "disabled", "external"]);
  if (type === "disabled") return;
  const network = choice(permissions.network, "permissions.network", ["restricted", "enabled"]);
  if (type === "external") return;
  const filesystem = members(permissions.file_system, "permissions.file_system");
  const kind = choice(filesystem.type, "permissions.file_system.type", ["restricted", "unrestricted"]);
  if (kind === "restricted" && !Array.isArray(filesystem.entries)) {
    throw malformed("permissions.file_system.entries", "an array");
  }
  const free = kind === "unrestricted" && (method.startsWith("fs/") || network === "enabled");
  if (!free) throw invalidRequest(`sandboxed requests are not supported by this build: ${method} was not run`);
}

function members(value: unknown, name: string): Members {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw malformed(name, "an object");
  return value as Members;
}

function choice<T extends string>(value: unknown, name: string, known: readonly T[]): T {
  const found = known.find((candidate) => candidate === value);
  if (found === undefined) throw malformed(name, `one of ${known.map((text) => JSON.stringify(text)).join(", ")}`);
  return found;
}

function malformed(name: string, expected: string): Error {
  return invalidParams(`params.sandbox.${name}: expected ${expected}`);
}
