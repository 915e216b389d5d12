import { invalidParams, TEXTS } from "../../protocol/mod.ts";

/**
 * Reads the URL of a request.
 *
 * Source: HTTP and MCP, section 1.3.
 *
 * @throws {RpcError} -32602 with the original's reason
 */
export function parseRequestUrl(text: string): URL {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    throw invalidParams(TEXTS.httpUrlInvalid(faultOf(text)));
  }
  if (isHttp(url)) return url;
  throw invalidParams(TEXTS.httpScheme(url.protocol.slice(0, -1)));
}

/** Whether the scheme is one that can be requested. */
export function isHttp(url: URL): boolean {
  return url.protocol === "http:" || url.protocol === "https:";
}

/** Path and query as they stand in the request line; a lone "?" is kept. */
export function requestTarget(url: URL): string {
  return withoutFragment(url).slice(url.protocol.length + 2 + url.host.length);
}

/** The URL without its fragment and without user and password, which go into a header. */
export function withoutFragment(url: URL): string {
  if (url.hash === "" && url.username === "" && url.password === "" && !url.href.endsWith("#")) return url.href;
  const bare = new URL(url);
  bare.hash = "";
  bare.username = "";
  bare.password = "";
  return bare.href;
}

/** Host to connect to; an IPv6 address without its brackets. */
export function hostOf(url: URL): string {
  const { hostname } = url;
  return hostname.startsWith("[") ? hostname.slice(1, -1) : hostname;
}

/** Port to connect to. */
export function portOf(url: URL): number {
  if (url.port !== "") return Number(url.port);
  return url.protocol === "https:" ? 443 : 80;
}

/** What the original's parser says about a text that is no URL; both follow the same standard. */
function faultOf(text: string): string {
  // the standard strips controls and blanks around, tabs and line ends inside
  const trimmed = text.replace(/^[\0- ]+|[\0- ]+$/g, "").replace(/[\t\n\r]/g, "");
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(trimmed);
  if (scheme === null) return "relative URL without a base";
  const rest = trimmed.slice(scheme[0].length).replace(/^[\\/]+/, "");
  const authority = (/^[^\\/?#]*/.exec(rest)?.[0] ?? "").replace(/^.*@/, "");
  if (authority === "" || authority.startsWith(":")) return "empty host";
  if (authority.startsWith("[")) {
    const port = /^\[[0-9a-f:.]*\](?::(.*))?$/i.exec(authority)?.[1];
    return port === undefined || isPort(port) ? "invalid IPv6 address" : "invalid port number";
  }
  const [host = "", port] = authority.split(/:(.*)/s);
  if (port !== undefined && !isPort(port)) return "invalid port number";
  return /(?:^|\.)(?:\d+|0x[0-9a-f]*)\.?$/i.test(host) ? "invalid IPv4 address" : "invalid international domain name";
}

function isPort(text: string): boolean {
  return /^\d*$/.test(text) && Number(text) <= 65_535;
}
