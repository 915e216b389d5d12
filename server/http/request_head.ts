import type { PreparedRequest } from "./prepared_request.ts";
import { requestTarget, withoutFragment } from "./request_url.ts";

/** How a request reaches its server. */
export interface RequestForm {
  /** Sent to a proxy, with the whole URL. */
  readonly absolute: boolean;
  /** For the proxy that reads the request. */
  readonly proxyAuthorization: string | undefined;
}

/**
 * The bytes of a request, its body included.
 *
 * Source: HTTP and MCP, section 1.4: nothing is added but `accept`, `host` and the body's length.
 */
export function encodeRequest(request: PreparedRequest, form: RequestForm): Uint8Array[] {
  const { method, url, headers } = request;
  const target = method === "CONNECT" ? url.host : form.absolute ? withoutFragment(url) : requestTarget(url);
  let head = `${method} ${target} HTTP/1.1\r\n`;
  for (const [name, value] of headers) head += `${name}: ${value}\r\n`;
  if (!headers.has("accept")) head += "accept: */*\r\n";
  const { proxyAuthorization } = form;
  if (proxyAuthorization !== undefined && !headers.has("proxy-authorization")) {
    head += `proxy-authorization: ${proxyAuthorization}\r\n`;
  }
  if (!headers.has("host")) head += `host: ${url.host}\r\n`;
  const chunked = headers.get("transfer-encoding")?.toLowerCase().endsWith("chunked") ?? false;
  const length = headers.get("content-length");
  if (request.body !== undefined && !chunked && length === undefined) {
    head += `content-length: ${request.body.length}\r\n`;
  }
  const start = new TextEncoder().encode(`${head}\r\n`);
  if (request.body === undefined) return chunked ? [start, LAST_CHUNK] : [start];
  if (chunked) return [start, new TextEncoder().encode(`${request.body.length.toString(16)}\r\n`), request.body, END];
  // a length that is too short cuts the body off
  return [start, length === undefined ? request.body : request.body.subarray(0, Number(length))];
}

const LAST_CHUNK = new TextEncoder().encode("0\r\n\r\n");
const END = new TextEncoder().encode("\r\n0\r\n\r\n");
