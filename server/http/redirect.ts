import { internalError, TEXTS } from "../../protocol/mod.ts";
import { HeaderList } from "./header_list.ts";
import { dropCredentials, type PreparedRequest } from "./prepared_request.ts";
import { isHttp, withoutFragment } from "./request_url.ts";
import type { ResponseHead } from "./response_head.ts";

const FOLLOWED: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);
const BODY_HEADERS = ["content-type", "content-length", "content-encoding", "transfer-encoding"];
const CREDENTIAL_HEADERS = ["authorization", "cookie", "cookie2", "proxy-authorization", "www-authenticate"];

/**
 * The request a response redirects to, or undefined when it is to be returned as it is.
 *
 * Source: HTTP and MCP, section 1.5.
 *
 * @throws {RpcError} -32603 when the target has another scheme
 */
export function redirectOf(request: PreparedRequest, { status, headers }: ResponseHead): PreparedRequest | undefined {
  if (!FOLLOWED.has(status)) return undefined;
  const location = headers.find(({ name }) => name === "location")?.value;
  const url = location === undefined ? null : URL.parse(location, request.url);
  if (url === null) return undefined;
  if (!isHttp(url)) throw internalError(TEXTS.httpFailed(TEXTS.httpRedirectScheme(url.protocol.slice(0, -1))));
  dropCredentials(url);
  const toGet = status === 303 ? request.method !== "HEAD" : status < 303 && request.method === "POST";
  return {
    method: toGet ? "GET" : request.method,
    url,
    headers: headersFor(request, url, status === 303 || toGet),
    body: toGet ? undefined : request.body,
  };
}

function headersFor(request: PreparedRequest, url: URL, dropBody: boolean): HeaderList {
  const headers = HeaderList.from(request.headers);
  const sameOrigin = url.origin === request.url.origin;
  if (dropBody) { for (const name of BODY_HEADERS) headers.delete(name); }
  if (!sameOrigin) { for (const name of CREDENTIAL_HEADERS) headers.delete(name); }
  headers.delete("referer");
  if (request.url.protocol === "http:" || url.protocol === "https:") {
    headers.add("referer", sameOrigin ? withoutFragment(request.url) : `${request.url.origin}/`);
  }
  return headers;
}
