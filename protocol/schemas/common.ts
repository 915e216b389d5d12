import { z } from "zod";
import { RpcError } from "../errors.ts";
import { parsePath } from "../path_uri.ts";

/** An absolute native path or `file:` URI; decodes to a WirePath. */
export const pathSchema = z.string().transform((text, context) => {
  try {
    return parsePath(text);
  } catch (error) {
    if (!(error instanceof RpcError)) throw error;
    context.issues.push({ code: "custom", message: error.message, input: text, params: { rpcCode: error.code } });
    return z.NEVER;
  }
}).describe("absolute native path, or file: URI");

/** A path in an answer: in the form the client used in its request. */
export const pathResultSchema = z.string().describe("path in the form of the request");

/** An unsigned 64-bit integer; beyond 2^53 it is rounded like every JSON number. */
export const u64Schema = z.number().min(0).max(2 ** 64).refine(Number.isInteger, "expected an integer");

/** Bytes as strict standard base64. */
export const base64Schema = z.string().describe("standard base64 with padding");

/** An object without members that matter. */
export const emptyResultSchema = z.object({});

/** No parameters: absent, null or an empty object. */
export const noParamsSchema = z.union([z.null(), z.undefined(), z.strictObject({})]);

/** A sandbox context; which members it needs is decided by the sandbox, not by the wire. */
export const sandboxSchema = z.record(z.string(), z.unknown()).nullish()
  .describe("permission profile, cwd and workspace roots; absent or null means none");
