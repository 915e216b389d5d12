import { EnvironmentError } from "./environment_error.ts";

/**
 * The headers that carry a bearer token to an exec-server.
 *
 * Source: environments, section 4.6. A token never travels unencrypted to another machine.
 *
 * @throws {EnvironmentError} for an unencrypted URL of another machine, or a token that no header can carry
 */
export function bearerHeaders(url: string, token: string): Readonly<Record<string, string>> {
  if (!url.startsWith("wss://") && !isLoopback(url)) {
    throw new EnvironmentError("exec-server WebSocket headers require wss:// or a loopback destination");
  }
  // deno-lint-ignore no-control-regex -- they are what is refused
  if (/[\x00-\x08\x0A-\x1F\x7F]/.test(token)) {
    throw new EnvironmentError("invalid value for exec-server WebSocket header `authorization`");
  }
  // header values are bytes; each character stands for one
  const value = Array.from(new TextEncoder().encode(token), (byte) => String.fromCharCode(byte)).join("");
  return { authorization: `Bearer ${value}`.replace(/[ \t]+$/, "") };
}

function isLoopback(url: string): boolean {
  if (!URL.canParse(url)) return false;
  const { hostname } = new URL(url);
  return hostname === "localhost" || hostname === "[::1]" || /^127\.\d+\.\d+\.\d+$/.test(hostname);
}
