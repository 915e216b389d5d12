import { type AddressBytes, parseAddress, samePrefix, spellings } from "./ip_address.ts";

/**
 * A pattern of `--http-allow` and `--http-deny`: a host name in which `*` stands for any characters, an IP address or a
 * range of them (`10.0.0.0/8`), each with a port or without (`[::1]:8080`).
 */
export class HostPattern {
  readonly #name: RegExp | undefined;
  readonly #range: { readonly address: AddressBytes; readonly bits: number } | undefined;
  readonly #port: number | undefined;

  private constructor(host: string, port: number | undefined) {
    this.#port = port;
    this.#range = parseRange(host);
    if (this.#range !== undefined) return;
    const name = host === "*" ? "*" : URL.parse(`http://${host}/`)?.hostname;
    if (name === undefined || host.includes("/")) throw new TypeError(`not a host, address or range: "${host}"`);
    const parts = trimDot(name).split("*").map((part) => part.replace(/[.\\^$+?()[\]{}|]/g, "\\$&"));
    this.#name = new RegExp(`^${parts.join(".*")}$`);
  }

  /** Reads a pattern. @throws {TypeError} naming what is wrong */
  static parse(text: string): HostPattern {
    const match = /^(?:\[([^\]]*)\]|([^:]*))(?::(\d{1,5}))?$/.exec(text);
    // an address of version 6 may stand without brackets when it has no port
    const host = match === null ? text : match[1] ?? match[2] ?? "";
    const port = match?.[3] === undefined ? undefined : Number(match[3]);
    if (host === "" || /[\s/]$/.test(host) || (port !== undefined && port > 65_535)) {
      throw new TypeError(`not a host pattern: "${text}"`);
    }
    return new HostPattern(host, port);
  }

  /**
   * Whether it fits a target.
   *
   * @param host name or address of the URL, without brackets
   * @param address what the name was resolved to; undefined when somebody else resolves it
   */
  matches(host: string, port: number, address: AddressBytes | undefined): boolean {
    if (this.#port !== undefined && this.#port !== port) return false;
    if (this.#name !== undefined) return this.#name.test(trimDot(host));
    const { address: start, bits } = this.#range as { address: AddressBytes; bits: number };
    return address !== undefined && spellings(address).some((spelling) => samePrefix(start, spelling, bits));
  }
}

function parseRange(text: string): { address: AddressBytes; bits: number } | undefined {
  const [host = "", length] = text.split("/");
  const address = parseAddress(host);
  if (address === undefined) return undefined;
  const bits = length === undefined ? address.length * 8 : Number(length);
  if (length !== undefined && !(/^\d{1,3}$/.test(length) && bits <= address.length * 8)) {
    throw new TypeError(`not a range of addresses: "${text}"`);
  }
  return { address, bits };
}

function trimDot(name: string): string {
  return name.replace(/\.$/, "");
}
