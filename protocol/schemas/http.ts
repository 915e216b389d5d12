import { z } from "zod";
import { base64Schema, u64Schema } from "./common.ts";

const header = z.object({ name: z.string(), value: z.string() });

/** Parameters of `http/request`. */
export const httpRequestParams = z.object({
  method: z.string(),
  url: z.string(),
  headers: z.array(header.extend({ valueEnvVar: z.string().nullish() })).default([]),
  bodyBase64: base64Schema.nullish(),
  timeoutMs: u64Schema.nullish(),
  redirectPolicy: z.enum(["follow", "stop"]).default("follow"),
  requestId: z.string(),
  streamResponse: z.boolean().default(false),
});

/** Result of `http/request`. */
export const httpRequestResult = z.object({
  status: z.number().int(),
  headers: z.array(header),
  bodyBase64: base64Schema,
});

/** Parameters of `http/request/cancel`. */
export const httpCancelParams = z.object({ requestId: z.string().describe("of a request that has not ended") });

/** Result of `http/request/cancel`. */
export const httpCancelResult = z.object({ cancelled: z.boolean().describe("false when there is no such request") });

/** `http/request/bodyDelta`: the next piece of a streamed body. */
export const bodyDeltaNotification = z.object({
  requestId: z.string(),
  seq: u64Schema,
  deltaBase64: base64Schema,
  done: z.boolean(),
  error: z.string().nullish(),
});
