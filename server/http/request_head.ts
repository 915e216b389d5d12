import { HeaderList } from "./header_list.ts";
import type { PreparedRequest } from "./prepared_request.ts";
import { requestTarget, withoutFragment } from "./request_url.ts";

const ENCODER = new TextEncoder();
const LAST_CHUNK = ENCODER.encode("\r\n0\r\n\r\n");

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
  const { method, url } = request;
  const headers = HeaderList.from(request.headers);
  if (!headers.has("accept")) headers.add("accept", "*/*");
  const { proxyAuthorization } = form;
  if (proxyAuthorization !== undefined && !headers.has("proxy-authorization")) {
    headers.add("proxy-authorization", proxyAuthorization);
  }
  if (!headers.has("host")) headers.add("host", url.host);
  const body = frameBody(request.body, headers);
  const target = method === "CONNECT" ? url.host : form.absolute ? withoutFragment(url) : requestTarget(url);
  return [ENCODER.encode(`${method} ${target} HTTP/1.1\r\n${headers.lines}\r\n`), ...body];
}

/** Agrees the headers and the body on a length, as the original does. */
function frameBody(body: Uint8Array | undefined, headers: HeaderList): Uint8Array[] {
  const encoding = headers.get("transfer-encoding");
  if (body === undefined) {
    headers.delete("transfer-encoding");
    return [];
  }
  if (encoding !== undefined) {
    headers.delete("content-length");
    if (!/(?:^|,)[\t ]*chunked[\t ]*$/i.test(encoding)) headers.set("transfer-encoding", `${encoding}, chunked`);
    return [ENCODER.encode(`${body.length.toString(16)}\r\n`), body, LAST_CHUNK];
  }
  const length = headers.get("content-length") ?? "";
  // a length that is too short cuts the body off; with one that is too long the server waits for the rest
  if (/^\d+$/.test(length)) return [body.subarray(0, Number(length))];
  headers.set("content-length", String(body.length));
  return [body];
}
