import { type ByteStream, writeAll } from "../byte_stream.ts";
import type { HttpCall } from "./http_call.ts";
import { HttpFailure } from "./http_failure.ts";
import { HttpSocket } from "./http_socket.ts";
import { parseAddress } from "./ip_address.ts";
import type { Proxy } from "./proxy_settings.ts";

/** Where a tunnel leads. */
export interface TunnelTarget {
  /** Name or address, without brackets; the proxy resolves a name. */
  readonly host: string;
  /** Port. */
  readonly port: number;
  /** Both as they stand in a `CONNECT` request. */
  readonly authority: string;
}

/**
 * Asks a proxy for a connection to a target, by `CONNECT` or by SOCKS 5 (RFC 1928, 1929).
 *
 * @returns the same connection, which now leads to the target
 * @throws {HttpFailure} "proxy" when it refuses; the connection is closed then
 */
export async function openTunnel(
  conn: Deno.TcpConn | Deno.TlsConn,
  proxy: Proxy,
  target: TunnelTarget,
  call: HttpCall,
): Promise<Deno.TcpConn | Deno.TlsConn> {
  call.onAbort(() => conn.close());
  try {
    if (proxy.protocol === "socks5:") await openSocks(conn, proxy, target);
    else await openConnect(conn, proxy, target);
    if (call.failure !== undefined) throw call.failure;
    call.onAbort(undefined);
    return conn;
  } catch (cause) {
    if (call.failure !== undefined) throw call.failure; // closed by then
    conn.close();
    throw new HttpFailure("proxy", { cause });
  }
}

async function openConnect(
  conn: Deno.TcpConn | Deno.TlsConn,
  { authorization }: Proxy,
  { authority }: TunnelTarget,
): Promise<void> {
  const credentials = authorization === undefined ? "" : `Proxy-Authorization: ${authorization}\r\n`;
  const head = `CONNECT ${authority} HTTP/1.1\r\nHost: ${authority}\r\n${credentials}\r\n`;
  const socket = new HttpSocket(conn);
  await socket.write([new TextEncoder().encode(head)]);
  const { status } = await socket.readHead();
  if (status < 200 || status > 299 || socket.hasRest) throw new HttpFailure("proxy");
}

const VERSION = 5, NO_AUTHENTICATION = 0, PASSWORD = 2, CONNECT = 1, IPV4 = 1, NAME = 3, IPV6 = 4;

async function openSocks(conn: ByteStream, proxy: Proxy, { host, port }: TunnelTarget): Promise<void> {
  const methods = proxy.authorization === undefined ? [NO_AUTHENTICATION] : [NO_AUTHENTICATION, PASSWORD];
  await writeAll(conn, new Uint8Array([VERSION, methods.length, ...methods]));
  const [version, method] = await readExactly(conn, 2);
  if (version !== VERSION || !methods.includes(method as number)) throw new HttpFailure("proxy");
  if (method === PASSWORD) await logIn(conn, proxy.authorization as string);
  const address = parseAddress(host);
  const name = new TextEncoder().encode(host);
  const destination = address === undefined
    ? [NAME, name.length, ...name]
    : [address.length === 4 ? IPV4 : IPV6, ...address];
  await writeAll(conn, new Uint8Array([VERSION, CONNECT, 0, ...destination, port >> 8, port & 0xff]));
  const [, reply, , kind] = await readExactly(conn, 4);
  if (reply !== 0) throw new HttpFailure("proxy");
  const length = kind === IPV4 ? 4 : kind === IPV6 ? 16 : (await readExactly(conn, 1))[0] as number;
  await readExactly(conn, length + 2);
}

async function logIn(conn: ByteStream, authorization: string): Promise<void> {
  const credentials = new TextDecoder().decode(Uint8Array.fromBase64(authorization.slice("Basic ".length)));
  const colon = credentials.indexOf(":");
  const user = new TextEncoder().encode(credentials.slice(0, colon));
  const password = new TextEncoder().encode(credentials.slice(colon + 1));
  await writeAll(conn, new Uint8Array([1, user.length, ...user, password.length, ...password]));
  const [, status] = await readExactly(conn, 2);
  if (status !== 0) throw new HttpFailure("proxy");
}

async function readExactly(conn: ByteStream, length: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length;) {
    const count = await conn.read(bytes.subarray(at));
    if (count === null) throw new HttpFailure("proxy");
    at += count;
  }
  return bytes;
}
