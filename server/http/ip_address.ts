/** Bytes of an IP address: 4 or 16. */
export type AddressBytes = readonly number[];

/** Reads an IPv4 or IPv6 address in its textual form, without brackets; a zone is ignored. */
export function parseAddress(text: string): AddressBytes | undefined {
  const [bare = ""] = text.split("%");
  return bare.includes(":") ? parseIpv6(bare) : parseIpv4(bare);
}

/**
 * The address and every IPv4 address inside it: mapped (`::ffff:a.b.c.d`), compatible (`::a.b.c.d`), translated
 * (`64:ff9b::a.b.c.d`) and 6to4 (`2002:aabb:ccdd::`).
 */
export function spellings(address: AddressBytes): AddressBytes[] {
  if (address.length === 4) return [address];
  const first = address.slice(0, 12);
  const last = address.slice(12);
  const zeros = (bytes: AddressBytes) => bytes.every((byte) => byte === 0);
  const found = [address];
  if (zeros(first.slice(0, 10)) && first[10] === 0xff && first[11] === 0xff) found.push(last);
  if (zeros(first) && !zeros(last.slice(0, 3))) found.push(last);
  if (first[0] === 0 && first[1] === 0x64 && first[2] === 0xff && first[3] === 0x9b) found.push(last);
  if (address[0] === 0x20 && address[1] === 0x02) found.push(address.slice(2, 6));
  return found;
}

/** Whether two addresses agree in their first bits. */
export function samePrefix(a: AddressBytes, b: AddressBytes, bits: number): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i * 8 < bits; i++) {
    const ignored = Math.max(0, 8 - (bits - i * 8));
    if ((a[i] as number) >> ignored !== (b[i] as number) >> ignored) return false;
  }
  return true;
}

function parseIpv4(text: string): AddressBytes | undefined {
  const parts = text.split(".");
  if (parts.length !== 4 || !parts.every((part) => /^\d{1,3}$/.test(part) && Number(part) < 256)) return undefined;
  return parts.map(Number);
}

function parseIpv6(text: string): AddressBytes | undefined {
  // the standard parser of URLs expands everything but the longest run of zeros
  const host = URL.parse(`http://[${text}]/`)?.hostname.slice(1, -1);
  if (host === undefined) return undefined;
  const [head = "", tail] = host.split("::");
  const groups = (part: string) => part === "" ? [] : part.split(":").map((group) => parseInt(group, 16));
  const start = groups(head);
  const end = groups(tail ?? "");
  const all = [...start, ...new Array<number>(8 - start.length - end.length).fill(0), ...end];
  return all.flatMap((group) => [group >> 8, group & 0xff]);
}
