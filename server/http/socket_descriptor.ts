import { openLibc } from "../posix/libc.ts";
import { type AddressBytes, parseAddress } from "./ip_address.ts";

// a program with more descriptors has more to do than to wait for one of them
const MAX_DESCRIPTOR = 1024;
// struct sockaddr_in6; the port is in the same place of struct sockaddr_in
const ADDRESS_SIZE = 28, PORT_OFFSET = 2;
// struct sockaddr_in has the address at 4, struct sockaddr_in6 at 8
const IPV4_OFFSET = 4, IPV6_OFFSET = 8;

/**
 * Finds the descriptor of a TCP connection, which Deno does not tell, by the addresses at its two ends. It is valid until
 * the connection is closed.
 *
 * @returns undefined when it is not among the first 1,024
 * @throws {Error} where there is no glibc
 */
export function socketDescriptor({ localAddr, remoteAddr }: Deno.TcpConn): number | undefined {
  const { getsockname, getpeername } = openLibc().call;
  const local = parseAddress(localAddr.hostname);
  const remote = parseAddress(remoteAddr.hostname);
  if (local === undefined || remote === undefined) return undefined;
  const address = new Uint8Array(ADDRESS_SIZE);
  const size = new Uint32Array(1);
  const sizeBytes = new Uint8Array(size.buffer);
  for (let fd = 0; fd < MAX_DESCRIPTOR; fd++) {
    size[0] = ADDRESS_SIZE;
    if (getsockname(fd, address, sizeBytes) !== 0 || !isAt(address, local, localAddr.port)) continue;
    size[0] = ADDRESS_SIZE;
    if (getpeername(fd, address, sizeBytes) === 0 && isAt(address, remote, remoteAddr.port)) return fd;
  }
  return undefined;
}

function isAt(address: Uint8Array, ip: AddressBytes, port: number): boolean {
  const found = ((address[PORT_OFFSET] as number) << 8) | (address[PORT_OFFSET + 1] as number);
  const offset = ip.length === 4 ? IPV4_OFFSET : IPV6_OFFSET;
  return found === port && ip.every((byte, i) => address[offset + i] === byte);
}
