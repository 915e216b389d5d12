import type { SpanContext } from "@opentelemetry/api";

const TRACE_PARENT = /^(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(?=$|-)/;

/**
 * Reads the `traceparent` of a request (W3C Trace Context, section 3.2). `tracestate` is left alone: it may hold any text.
 *
 * @returns undefined when there is none or it is malformed: the request then starts a trace of its own
 */
export function parseTraceParent(traceparent: string | null | undefined): SpanContext | undefined {
  const match = TRACE_PARENT.exec(traceparent ?? "");
  if (match === null) return undefined;
  const [, traceId = "", spanId = "", flags = ""] = match;
  return { traceId, spanId, traceFlags: parseInt(flags, 16) & 1, isRemote: true };
}
