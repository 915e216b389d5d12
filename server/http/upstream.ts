import { invalidRequest } from "../../protocol/mod.ts";
import { connectAny } from "./connect_any.ts";
import type { HttpCall } from "./http_call.ts";
import { HttpFailure } from "./http_failure.ts";
import type { HttpPolicy } from "./http_policy.ts";
import { HttpSocket } from "./http_socket.ts";
import { parseAddress } from "./ip_address.ts";
import { openTunnel } from "./proxy_tunnel.ts";
import type { Proxy } from "./proxy_settings.ts";
import { hostOf, portOf } from "./request_url.ts";
import type { HostResolver } from "./resolve_host.ts";
import { bridgeTls } from "./tls_bridge.ts";

/** Where a request goes: the origin of its URL, over a proxy or directly. */
export interface Upstream {
  /** Scheme and host of the request. */
  readonly url: URL;
  /** On the way there. */
  readonly proxy: Proxy | undefined;
}

/** What connecting depends on. */
export interface ConnectSettings {
  /** Decides on hosts and addresses. */
  readonly policy: HttpPolicy;
  /** Finds addresses of names. */
  readonly resolve: HostResolver;
  /** Trusted besides the normal roots, PEM. */
  readonly caCertificates: string[];
  /** Whether the program may wait busily for answers. */
  readonly busyWait: boolean;
}

/** Requests with the same key may use the same connection. */
export function upstreamKey({ url, proxy }: Upstream): string {
  if (proxy === undefined) return url.origin;
  const via = `${proxy.protocol}${proxy.host}:${proxy.port}`;
  return forwards({ url, proxy }) ? via : `${url.origin} ${via}`;
}

/** Whether the proxy reads the request, instead of carrying a connection to its origin. */
export function forwards({ url, proxy }: Upstream): boolean {
  return proxy !== undefined && proxy.protocol !== "socks5:" && url.protocol === "http:";
}

/**
 * Checks what is known of a target before anything is sent or looked up: its name, or its address.
 *
 * @throws {RpcError} -32600 when it is refused
 */
export function checkTarget({ url, proxy }: Upstream, policy: HttpPolicy): void {
  const host = hostOf(url);
  const decided = parseAddress(host) !== undefined || proxy !== undefined;
  if (decided && !policy.permits(host, portOf(url), undefined)) throw refusal(host);
}

/**
 * Opens a connection, after its target was checked. What is connected to is what was checked: a name is resolved once.
 *
 * @throws {RpcError} -32600 when every address is refused; {HttpFailure} when it cannot be reached
 */
export async function connectUpstream(
  upstream: Upstream,
  settings: ConnectSettings,
  call: HttpCall,
): Promise<HttpSocket> {
  const { url, proxy } = upstream;
  const host = hostOf(url);
  const port = portOf(url);
  if (!forwards(upstream)) checkTarget(upstream, settings.policy);
  let conn: Deno.TcpConn | Deno.TlsConn;
  if (proxy === undefined) {
    const addresses = await resolve(host, settings, call);
    const permitted = addresses.filter((address) => settings.policy.permits(host, port, address));
    if (permitted.length === 0 && addresses.length > 0) throw refusal(host);
    conn = await connectAny(permitted, port, call);
  } else {
    conn = await connectAny(await resolve(proxy.host, settings, call), proxy.port, call);
    if (proxy.protocol === "https:") conn = await startTls(conn, proxy.host, settings, call);
    if (!forwards(upstream)) conn = await openTunnel(conn, proxy, { host, port, authority: authorityOf(url) }, call);
  }
  if (url.protocol === "https:") conn = await startTls(conn, host, settings, call);
  return new HttpSocket(conn, settings.busyWait);
}

async function resolve(host: string, { resolve }: ConnectSettings, call: HttpCall): Promise<readonly string[]> {
  if (parseAddress(host) !== undefined) return [host];
  let addresses: readonly string[];
  try {
    addresses = await call.race(resolve(host));
  } catch (cause) {
    throw call.failure ?? new HttpFailure("resolve", { cause });
  }
  if (addresses.length === 0) throw new HttpFailure("resolve");
  return addresses;
}

async function startTls(
  outer: Deno.TcpConn | Deno.TlsConn,
  hostname: string,
  { caCertificates }: ConnectSettings,
  call: HttpCall,
): Promise<Deno.TlsConn> {
  let tls: Deno.TlsConn | undefined;
  try {
    const conn = "handshake" in outer ? await bridgeTls(outer) : outer;
    tls = await Deno.startTls(conn, { hostname, caCerts: caCertificates, alpnProtocols: ["http/1.1"] });
    call.onAbort(() => tls?.close());
    await tls.handshake();
    if (call.failure !== undefined) throw call.failure;
    call.onAbort(undefined);
    return tls;
  } catch (cause) {
    if (call.failure !== undefined) throw call.failure; // closed by then
    tls?.close();
    throw new HttpFailure("tls", { cause });
  }
}

function authorityOf(url: URL): string {
  return url.port === "" ? `${url.hostname}:${portOf(url)}` : url.host;
}

function refusal(host: string): Error {
  return invalidRequest(`http/request to ${host} is refused by the policy of this executor`);
}
