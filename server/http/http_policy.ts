import { HostPattern } from "./host_pattern.ts";
import { parseAddress } from "./ip_address.ts";

/** Which hosts requests may reach. */
export interface HttpPolicyOptions {
  /** Patterns of hosts that may be reached; all when empty. */
  readonly allow?: readonly string[] | undefined;
  /** Patterns of hosts that may not be reached, whatever is allowed. */
  readonly deny?: readonly string[] | undefined;
  /** Whether the metadata services of clouds may be reached; default false. */
  readonly allowMetadata?: boolean | undefined;
}

/** Where clouds hand out the machine's credentials: EC2 and its like, ECS tasks, EKS pods, OpenStack. */
const METADATA_ADDRESSES = [
  "169.254.169.254",
  "169.254.170.2",
  "169.254.170.23",
  "fd00:ec2::254",
  "fd00:ec2::23",
  "fe80::a9fe:a9fe",
];

/**
 * Decides which hosts requests may reach: the name when it is known, and each address before it is connected to. The
 * original has no such thing.
 */
export class HttpPolicy {
  readonly #allow: readonly HostPattern[];
  readonly #deny: readonly HostPattern[];

  /** Reads the patterns. @throws {TypeError} naming what is wrong with one */
  constructor(options: HttpPolicyOptions = {}) {
    const { allow = [], deny = [], allowMetadata = false } = options;
    this.#allow = allow.map((text) => HostPattern.parse(text));
    this.#deny = [...deny, ...allowMetadata ? [] : METADATA_ADDRESSES].map((text) => HostPattern.parse(text));
  }

  /**
   * Whether a target may be reached.
   *
   * @param host name or address of the URL, without brackets
   * @param address what it was resolved to; undefined when a proxy resolves it
   */
  permits(host: string, port: number, address: string | undefined): boolean {
    const bytes = parseAddress(address ?? host);
    const fits = (pattern: HostPattern) => pattern.matches(host, port, bytes);
    return !this.#deny.some(fits) && (this.#allow.length === 0 || this.#allow.some(fits));
  }
}
