import { z } from "zod";
import { invalidParams, type SandboxContext, type SandboxPolicy } from "../../protocol/mod.ts";
import { sandboxFromPolicy } from "../sandbox_context.ts";

/** A policy as app-servers wrote it (`readOnly`, `writableRoots`), or as the core wrote it (`read-only`, `writable_roots`). */
const policySchema = z.preprocess(
  (value) =>
    isRecord(value) ? Object.fromEntries(Object.entries(value).map(([key, entry]) => [snake(key), entry])) : value,
  z.discriminatedUnion("type", [
    z.object({ type: z.enum(["danger-full-access", "dangerFullAccess"]) }),
    z.object({ type: z.enum(["read-only", "readOnly"]), network_access: z.boolean().optional() }),
    z.object({
      type: z.enum(["external-sandbox", "externalSandbox"]),
      network_access: z.enum(["restricted", "enabled"]).optional(),
    }),
    z.object({
      type: z.enum(["workspace-write", "workspaceWrite"]),
      writable_roots: z.array(z.string()).optional(),
      network_access: z.boolean().optional(),
      exclude_tmpdir_env_var: z.boolean().optional(),
      exclude_slash_tmp: z.boolean().optional(),
    }),
  ]),
);

/**
 * The sandbox context that a policy of the older kind means for a directory.
 *
 * Source: exec-server permissions, section 1.8; environments, section 5.3.
 *
 * @throws {RpcError} -32602 for a value that is no policy, or a path that is not absolute
 */
export function legacySandbox(policy: unknown, cwd: string): SandboxContext {
  const result = policySchema.safeParse(policy);
  if (!result.success) {
    const [issue] = result.error.issues;
    const where = ["params", "sandboxPolicy", ...issue?.path ?? []].map(String).join(".");
    throw invalidParams(`${where}: ${issue?.message}`);
  }
  const { type, ...rest } = result.data;
  const kebab = { ...rest, type: type.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`) } as SandboxPolicy;
  try {
    return sandboxFromPolicy(kebab, cwd);
  } catch (error) {
    if (error instanceof TypeError) throw invalidParams(`params.sandboxPolicy: ${error.message}`);
    throw error;
  }
}

function snake(key: string): string {
  return key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
