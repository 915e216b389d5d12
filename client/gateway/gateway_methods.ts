import { z } from "zod";
import { type ErrorCodeValue, invalidParams, RpcError } from "../../protocol/mod.ts";

/** Parameters of `initialize`: of an exec-server's client, of an app-server's, or both. */
export const initializeParams = z.object({
  clientName: z.string().nullish(),
  clientInfo: z.object({ name: z.string(), title: z.string().nullish(), version: z.string().nullish() }).nullish(),
  resumeSessionId: z.string().nullish(),
  capabilities: z.object({ experimentalApi: z.boolean().nullish() }).nullish(),
}).refine(({ clientName, clientInfo }) => Boolean(clientName ?? clientInfo), "expected clientName or clientInfo");

/** Parameters of `environment/add` (environments, section 5.1). */
export const addParams = z.object({
  environmentId: z.string(),
  execServerUrl: z.string(),
  authBearerToken: z.string().nullish(),
  websocketRequestId: z.string().nullish(),
  connectTimeoutMs: z.number().int().min(0).nullish(),
  skills: z.object({ required: z.array(z.string()).nullish() }).nullish(),
});

/** What any request may say about where it is meant for. */
export const routeParams = z.object({
  environmentId: z.string().nullish().describe("absent means the default environment"),
}).nullish();

/** A request with a sandbox policy of the older kind, and the directory it is for. */
export const legacySandboxParams = z.object({
  sandbox: z.unknown().optional(),
  sandboxPolicy: z.unknown().optional(),
  cwd: z.string().nullish(),
}).nullish();

/** Decodes parameters. @throws {RpcError} -32602 naming the member and what was expected */
export function decodeGatewayParams<S extends z.ZodType>(schema: S, params: unknown): z.output<S> {
  const result = schema.safeParse(params);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw invalidParams(`${["params", ...issue?.path ?? []].map(String).join(".")}: ${issue?.message}`);
}

/** The error for the wire that another error becomes: an RpcError stays, others get this code. */
export function asRpcError(error: unknown, code: ErrorCodeValue): RpcError {
  if (error instanceof RpcError) return error;
  return new RpcError(code, error instanceof Error ? error.message : String(error), { cause: error });
}
