import { z } from "zod";
import { ErrorCode, invalidRequest, parsePath, RpcError } from "../protocol/mod.ts";

/**
 * A member that holds an absolute native path or a `file:` URI; decodes to the native path. What is no path at all is
 * -32602, a path of another host or system is -32600 with a prefix that says what it was for.
 *
 * Source: exec-server permissions, sections 1.2 and 1.5.
 */
export function pathMember(foreignPrefix: string): z.ZodType<string> {
  return z.string().transform((text, context) => {
    try {
      return parsePath(text).path;
    } catch (error) {
      if (!(error instanceof RpcError)) throw error;
      const foreign = error.code !== ErrorCode.InvalidParams;
      const raised = foreign ? invalidRequest(`${foreignPrefix}${error.message}`) : error;
      context.issues.push({
        code: "custom",
        message: raised.message,
        input: text,
        params: { rpcCode: raised.code, text, reason: error.message },
      });
      return z.NEVER;
    }
  });
}

/** A path that is only looked at as far as its form goes; one of another system is fine. */
export const unusedPathMember: z.ZodType<string> = z.string().refine((text) => {
  try {
    parsePath(text);
    return true;
  } catch (error) {
    return error instanceof RpcError && error.code !== ErrorCode.InvalidParams;
  }
}, "expected an absolute path or a file: URI");
