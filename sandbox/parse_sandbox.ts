import { z } from "zod";
import { ErrorCode, invalidParams, LIMITS, RpcError, type SandboxContext } from "../protocol/mod.ts";
import { pathMember, unusedPathMember } from "./path_member.ts";
import { needsCwd, type SandboxRequest } from "./profile.ts";
import { profileSchema } from "./profile_schema.ts";

const cwd = pathMember("").nullish();
const workspaceRoots = z.array(
  pathMember("file system sandbox workspace root is not native to this exec-server host: "),
).max(LIMITS.maxWorkspaceRoots).nullish();

const contextSchema = z.object({
  permissions: profileSchema,
  cwd,
  workspaceRoots,
  policyContext: z.object({ cwd, workspaceRoots }).nullish(),
  userHomeDir: unusedPathMember.nullish(),
  temporaryDirectories: z.array(unusedPathMember).nullish(),
  windowsSandboxLevel: z.enum(["disabled", "restricted-token", "elevated", "mxc"]),
  windowsSandboxPrivateDesktop: z.boolean().nullish(),
  windowsSandboxProxySettingsMode: z.enum(["reconcile", "preserve"]).nullish(),
  useLegacyLandlock: z.boolean().nullish(),
});

/** Reads a context in its own way for processes: what they fall back on, and how their paths are refused. */
export interface ProcessSandboxOptions {
  /** Working directory of the process, which a context without cwd means. */
  readonly processCwd: string;
}

/**
 * Reads the sandbox context of a request, of either generation. Members it does not know are ignored.
 *
 * Source: exec-server permissions, sections 1.2 to 1.6 and 4.1. `policyContext` replaces the flat workspace roots, even
 * by an empty list, while the flat cwd stays its fallback.
 *
 * @param context as the client sent it
 * @param options for `process/start` only
 * @throws {RpcError} -32602 naming the member and what was expected, or for a missing cwd; for a path of another host or
 * system -32600, or -32602 for `process/start`
 */
export function parseSandbox(context: SandboxContext, options?: ProcessSandboxOptions): SandboxRequest {
  const result = contextSchema.safeParse(context);
  if (!result.success) throw faultOf(result.error.issues, options !== undefined);
  const { permissions: profile, policyContext, windowsSandboxLevel, useLegacyLandlock } = result.data;
  const roots = policyContext ? policyContext.workspaceRoots ?? [] : result.data.workspaceRoots ?? undefined;
  const request: SandboxRequest = {
    profile,
    cwd: policyContext?.cwd ?? result.data.cwd ?? options?.processCwd,
    workspaceRoots: roots,
    windowsSandboxLevel,
    useLegacyLandlock: useLegacyLandlock === true,
  };
  checkCwd(request);
  return request;
}

/**
 * Checks that a profile that needs a cwd has one.
 *
 * Source: exec-server permissions, section 1.5.
 *
 * @throws {RpcError} -32602 otherwise
 */
export function checkCwd({ profile, cwd }: Pick<SandboxRequest, "profile" | "cwd">): void {
  if (cwd === undefined && needsCwd(profile)) {
    throw invalidParams("file system sandbox context with dynamic permissions requires cwd");
  }
}

/** A malformed member outranks a path of another host, which may stand before it. */
function faultOf(issues: readonly z.core.$ZodIssue[], forProcess: boolean): RpcError {
  const codeOf = (issue: z.core.$ZodIssue) => issue.code === "custom" ? issue.params?.rpcCode : undefined;
  const malformed = issues.find((issue) => (codeOf(issue) ?? ErrorCode.InvalidParams) === ErrorCode.InvalidParams);
  const issue = malformed ?? issues[0] as z.core.$ZodIssue;
  if (malformed === undefined) {
    return forProcess ? invalidParams(foreignPathText(issue)) : new RpcError(codeOf(issue), issue.message);
  }
  return invalidParams(`${["params", "sandbox", ...issue.path.map(String)].join(".")}: ${issue.message}`);
}

/** What `process/start` says about a path of another host (section 4.1); entries keep their own words. */
function foreignPathText({ path, message, ...issue }: z.core.$ZodIssue): string {
  const label = path.includes("permissions")
    ? undefined
    : path.includes("workspaceRoots")
    ? "sandbox workspace root"
    : "sandbox cwd";
  if (label === undefined || issue.code !== "custom") return message;
  return `${label} URI \`${issue.params?.text}\` is not valid on this exec-server host: ${issue.params?.reason}`;
}
