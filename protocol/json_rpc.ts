import { scanJson } from "./json_scan.ts";

/** A request id: a string, or an integer that fits 64 bits (kept as bigint where a double would round it). */
export type RequestId = string | number | bigint;

/** W3C trace context of a request (https://www.w3.org/TR/trace-context/). */
export interface TraceContext {
  /** `00-<trace id>-<span id>-<flags>`. */
  readonly traceparent?: string | null;
  /** Vendor data. */
  readonly tracestate?: string | null;
}

/** An incoming message after its envelope was checked. */
export type IncomingMessage =
  | { kind: "request"; id: RequestId; method: string; params: unknown; trace: TraceContext | undefined }
  | { kind: "notification"; method: string; params: unknown }
  | { kind: "response"; id: RequestId; result: unknown }
  | { kind: "error"; id: RequestId; code: number; message: string };

const INTEGER = /^-?(0|[1-9]\d*)$/;
/** JSON of this length makes no more values than are allowed; the largest piece of output is shorter. */
const HARMLESS_LENGTH = 128 * 1024;
const MAX_I64 = 2n ** 63n - 1n;
const MIN_I64 = -(2n ** 63n);

/**
 * Parses one message and classifies its envelope.
 *
 * Source: exec-server protocol, sections 3.3 and 5.1. There is no `jsonrpc` member and there are no batches.
 *
 * With `lenient`, for the side that chose its peer, the limits and rules that `JSON.parse` does not know are checked only
 * where a message is long enough to do harm.
 *
 * @throws {SyntaxError} when the text is not one well-formed envelope
 */
export function parseMessage(text: string, { lenient = false }: { readonly lenient?: boolean } = {}): IncomingMessage {
  const idText = lenient && text.length <= HARMLESS_LENGTH ? undefined : scanJson(text).idText;
  const value: unknown = JSON.parse(text);
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new SyntaxError("expected a JSON-RPC object");
  }
  const message = value as Record<string, unknown>;
  // a rounded id would answer nothing
  if (idText === undefined && typeof message.id === "number" && !Number.isSafeInteger(message.id)) {
    return parseMessage(text);
  }
  if ("method" in message) {
    const { method } = message;
    if (typeof method !== "string") throw new SyntaxError("`method`: expected a string");
    const trace = traceOf(message.trace);
    if (!("id" in message)) return { kind: "notification", method, params: message.params };
    return { kind: "request", id: idOf(message.id, idText), method, params: message.params, trace };
  }
  if ("result" in message) return { kind: "response", id: idOf(message.id, idText), result: message.result };
  return errorOf(message, idText);
}

function errorOf(message: Record<string, unknown>, idText: string | undefined): IncomingMessage {
  const error = message.error;
  if (typeof error !== "object" || error === null) throw new SyntaxError("missing field `error`");
  const { code, message: text } = error as Record<string, unknown>;
  if (typeof code !== "number") throw new SyntaxError("missing field `code`");
  if (typeof text !== "string") throw new SyntaxError("missing field `message`");
  return { kind: "error", id: idOf(message.id, idText), code, message: text };
}

function idOf(id: unknown, idText: string | undefined): RequestId {
  if (typeof id === "string") return id;
  if (typeof id === "number" && idText === undefined && Number.isSafeInteger(id)) return id;
  if (typeof id === "number" && idText !== undefined && INTEGER.test(idText)) {
    if (Number.isSafeInteger(id)) return id;
    const exact = BigInt(idText);
    if (exact >= MIN_I64 && exact <= MAX_I64) return exact;
  }
  throw new SyntaxError("`id`: expected a string or a 64-bit integer");
}

function traceOf(trace: unknown): TraceContext | undefined {
  if (trace === undefined || trace === null) return undefined;
  if (typeof trace !== "object" || Array.isArray(trace)) throw new SyntaxError("`trace`: expected an object");
  for (const name of ["traceparent", "tracestate"] as const) {
    const member = (trace as Record<string, unknown>)[name];
    if (member !== undefined && member !== null && typeof member !== "string") {
      throw new SyntaxError(`\`trace.${name}\`: expected a string`);
    }
  }
  return trace as TraceContext;
}

/** The JSON form of a request id. */
export function idToJson(id: RequestId): string {
  return typeof id === "string" ? JSON.stringify(id) : String(id);
}
