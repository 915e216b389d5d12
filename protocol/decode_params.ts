import type { z } from "zod";
import { ErrorCode, invalidParams, RpcError } from "./errors.ts";
import { METHOD_TABLE } from "./method_table.ts";
import type { DecodedParams, MethodName } from "./methods.ts";

/**
 * Decodes the parameters of a request against the method table.
 *
 * @throws {RpcError} -32602 (or the code of a refused path) naming the member's path and what was expected
 */
export function decodeParams<M extends MethodName>(method: M, params: unknown): DecodedParams<M> {
  const schema: z.ZodType = METHOD_TABLE[method].params;
  const result = schema.safeParse(params);
  if (result.success) return result.data as DecodedParams<M>;
  const issue = result.error.issues[0] as z.core.$ZodIssue;
  const where = issue.path.length === 0 ? "params" : `params.${issue.path.map(String).join(".")}`;
  const code = issue.code === "custom" ? issue.params?.rpcCode : undefined;
  if (typeof code === "number" && code !== ErrorCode.InvalidParams) throw new RpcError(code, issue.message);
  throw invalidParams(`${where}: ${issue.message}`);
}
