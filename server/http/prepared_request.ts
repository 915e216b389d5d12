import { type HttpRequest, invalidParams, TEXTS } from "../../protocol/mod.ts";
import { HeaderList } from "./header_list.ts";
import { headerValue, isToken } from "./header_value.ts";
import { parseRequestUrl } from "./request_url.ts";

/** A request that is valid, or the next one of a redirect. */
export interface PreparedRequest {
  /** As given: the case is kept. */
  readonly method: string;
  /** Without user and password. */
  readonly url: URL;
  /** What the caller asked for; `accept`, `host` and the like are added when it is sent. */
  readonly headers: HeaderList;
  /** Never empty. */
  readonly body: Uint8Array | undefined;
}

/**
 * Validates a request in the original's order: method, URL, scheme, headers.
 *
 * Source: HTTP and MCP, sections 1.3 and 1.4.
 *
 * @throws {RpcError} -32602
 */
export function prepareRequest(
  request: HttpRequest,
  environment: Readonly<Record<string, string>>,
): PreparedRequest {
  if (!isToken(request.method)) throw invalidParams(TEXTS.httpMethodInvalid);
  const url = parseRequestUrl(request.url);
  const headers = new HeaderList();
  let credentials = url.username !== "" || url.password !== "";
  if (credentials) headers.add("authorization", basicCredentials(url));
  for (const header of request.headers ?? []) {
    const value = headerValue(header, environment);
    // the caller's take the place of those in the URL
    if (credentials && header.name.toLowerCase() === "authorization") {
      headers.set("authorization", value);
      credentials = false;
    } else {
      headers.add(header.name, value);
    }
  }
  dropCredentials(url);
  const body = request.body === undefined || request.body.length === 0 ? undefined : request.body;
  return { method: request.method, url, headers, body };
}

/** Takes user and password out of a URL. */
export function dropCredentials(url: URL): void {
  // each of these parses the whole URL again
  if (url.username !== "") url.username = "";
  if (url.password !== "") url.password = "";
}

/** User and password of a URL as the value of an `authorization` header. */
export function basicCredentials(url: URL): string {
  const bytes = new TextEncoder().encode(`${decode(url.username)}:${decode(url.password)}`);
  return `Basic ${bytes.toBase64()}`;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
