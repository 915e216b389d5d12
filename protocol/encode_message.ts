import { Base64Body } from "./base64.ts";
import { idToJson, type RequestId } from "./json_rpc.ts";

/** A message ready to be sent: JSON text, with bytes still unencoded where it carries any. */
export type OutgoingMessage = string | readonly (string | Base64Body)[];

/** Encodes a request. */
export function encodeRequest(id: RequestId, method: string, params: unknown): OutgoingMessage {
  return withParams(`{"id":${idToJson(id)},"method":${JSON.stringify(method)}`, params);
}

/** Encodes a notification. */
export function encodeNotification(method: string, params: unknown): OutgoingMessage {
  return withParams(`{"method":${JSON.stringify(method)}`, params);
}

/** Encodes the answer to a request. */
export function encodeResult(id: RequestId, result: unknown): OutgoingMessage {
  return join(`{"id":${idToJson(id)},"result":`, encodeValue(result), "}");
}

/** Encodes a failed answer; an unparsable message is answered with id -1. */
export function encodeError(id: RequestId, code: number, message: string): OutgoingMessage {
  return `{"error":${JSON.stringify({ code, message })},"id":${idToJson(id)}}`;
}

/** The whole message as one string. */
export function messageText(message: OutgoingMessage): string {
  return typeof message === "string"
    ? message
    : message.map((part) => typeof part === "string" ? part : part.toJSON()).join("");
}

/** The whole message as UTF-8; what it carries is given back. */
export function messageBytes(message: OutgoingMessage): Uint8Array {
  const bytes = new TextEncoder().encode(messageText(message));
  releaseMessage(message);
  return bytes;
}

/** Gives back what a message carries; it is sent and not needed again. */
export function releaseMessage(message: OutgoingMessage): void {
  if (typeof message === "string") return;
  for (const part of message) if (part instanceof Base64Body) part.release();
}

/** Size of a message in the send queue, in bytes; exact for ASCII text. */
export function messageLength(message: OutgoingMessage): number {
  if (typeof message === "string") return message.length;
  return message.reduce((sum, part) => sum + (typeof part === "string" ? part.length : part.encodedLength), 0);
}

function withParams(head: string, params: unknown): OutgoingMessage {
  return params === undefined ? `${head}}` : join(`${head},"params":`, encodeValue(params), "}");
}

/** A plain object's direct members may be {@linkcode Base64Body}; deeper ones are encoded at once. */
function encodeValue(value: unknown): OutgoingMessage {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return JSON.stringify(value ?? null);
  if (!Object.values(value).some((member) => member instanceof Base64Body)) return JSON.stringify(value);
  const parts: (string | Base64Body)[] = [];
  let text = "{";
  for (const [name, member] of Object.entries(value)) {
    if (member === undefined) continue;
    text += `${text === "{" && parts.length === 0 ? "" : ","}${JSON.stringify(name)}:`;
    if (member instanceof Base64Body) {
      parts.push(`${text}"`, member);
      text = '"';
    } else {
      text += JSON.stringify(member);
    }
  }
  parts.push(`${text}}`);
  return parts;
}

function join(head: string, value: OutgoingMessage, tail: string): OutgoingMessage {
  if (typeof value === "string") return head + value + tail;
  return [head + value[0], ...value.slice(1, -1), value[value.length - 1] + tail];
}
