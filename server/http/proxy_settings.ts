import { basicCredentials } from "./prepared_request.ts";
import { parseAddress, samePrefix } from "./ip_address.ts";
import { hostOf, portOf } from "./request_url.ts";

/** A proxy that requests go through. */
export interface Proxy {
  /** How it is spoken to. */
  readonly protocol: "http:" | "https:" | "socks5:";
  /** Its host, without brackets. */
  readonly host: string;
  /** Its port. */
  readonly port: number;
  /** Value of `proxy-authorization`, when its URL has a user. */
  readonly authorization: string | undefined;
}

const PROTOCOLS: Readonly<Record<string, Proxy["protocol"]>> = {
  "http:": "http:",
  "https:": "https:",
  "socks5:": "socks5:",
  "socks5h:": "socks5:",
};

/**
 * The proxies named by the environment: `HTTP_PROXY`, `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY`, each also in lower case.
 *
 * Source: HTTP and MCP, section 1.11.
 */
export class ProxySettings {
  readonly #http: Proxy | undefined;
  readonly #https: Proxy | undefined;
  readonly #direct: readonly string[];

  /** @param environment variables of the executor */
  constructor(environment: Readonly<Record<string, string>>) {
    const variable = (name: string) => environment[name] || environment[name.toLowerCase()] || undefined;
    const all = variable("ALL_PROXY");
    this.#http = parseProxy(variable("HTTP_PROXY")) ?? parseProxy(all);
    this.#https = parseProxy(variable("HTTPS_PROXY")) ?? parseProxy(all);
    this.#direct = (variable("NO_PROXY") ?? "").split(",").map((item) => item.trim().toLowerCase()).filter(Boolean);
  }

  /** The proxy for a URL, or undefined when it is reached directly. */
  proxyFor(url: URL): Proxy | undefined {
    const proxy = url.protocol === "https:" ? this.#https : this.#http;
    if (proxy === undefined || this.#direct.length === 0) return proxy;
    const host = hostOf(url);
    return this.#direct.some((item) => exempts(item, host)) ? undefined : proxy;
  }
}

/** What cannot be read as a proxy is ignored. */
function parseProxy(text: string | undefined): Proxy | undefined {
  if (text === undefined) return undefined;
  const url = URL.parse(/^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `http://${text}`);
  const protocol = PROTOCOLS[url?.protocol ?? ""];
  if (url === null || protocol === undefined || url.hostname === "") return undefined;
  return {
    protocol,
    host: hostOf(url),
    port: protocol === "socks5:" ? Number(url.port || 1080) : portOf(url),
    authorization: url.username === "" && url.password === "" ? undefined : basicCredentials(url),
  };
}

/** An item of NO_PROXY: `*`, a domain with everything below it, an address or a range. */
function exempts(item: string, host: string): boolean {
  if (item === "*") return true;
  const address = parseAddress(host);
  if (address !== undefined) {
    const [start = "", bits] = item.split("/");
    const range = parseAddress(start);
    return range !== undefined && samePrefix(range, address, bits === undefined ? range.length * 8 : Number(bits));
  }
  const domain = item.replace(/^\./, "");
  return host === domain || host.endsWith(`.${domain}`);
}
