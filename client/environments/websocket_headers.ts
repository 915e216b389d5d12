import { EnvironmentError } from "./environment_error.ts";

/** Headers of the HTTP request that opens a websocket. */
export type WebSocketHeaders = Readonly<Record<string, string>>;

/**
 * The headers that carry a bearer token to an exec-server.
 *
 * Source: environments, section 4.6. A token never travels unencrypted to another machine.
 *
 * @throws {EnvironmentError} for an unencrypted URL of another machine, or a token that no header can carry
 */
export function bearerHeaders(url: string, token: string): WebSocketHeaders {
  return { authorization: headerValue(url, "authorization", `Bearer ${token}`) };
}

/**
 * The headers that give a connection a name for logs of others.
 *
 * @throws {EnvironmentError} for an unencrypted URL of another machine, or an id that no header can carry
 */
export function requestIdHeaders(url: string, id: string): WebSocketHeaders {
  return { "x-request-id": headerValue(url, "x-request-id", id) };
}

function headerValue(url: string, name: string, text: string): string {
  if (!url.startsWith("wss://") && !isLoopback(url)) {
    throw new EnvironmentError("exec-server WebSocket headers require wss:// or a loopback destination");
  }
  // deno-lint-ignore no-control-regex -- they are what is refused
  if (/[\x00-\x08\x0A-\x1F\x7F]/.test(text)) {
    throw new EnvironmentError(`invalid value for exec-server WebSocket header \`${name}\``);
  }
  // header values are bytes; each character stands for one
  const bytes = new TextEncoder().encode(text.replace(/[ \t]+$/, ""));
  return Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
}

function isLoopback(url: string): boolean {
  if (!URL.canParse(url)) return false;
  const { hostname, protocol } = new URL(url);
  return protocol === "unix:" || hostname === "localhost" || hostname === "[::1]" ||
    /^127\.\d+\.\d+\.\d+$/.test(hostname);
}
