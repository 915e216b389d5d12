/** Finds the addresses of a host name, best first. */
export type HostResolver = (hostname: string) => Promise<readonly string[]>;

/** Asks the system (getaddrinfo(3)), so `/etc/hosts` counts. @throws {Error} when the name is not known */
export const resolveHost: HostResolver = async (hostname) => {
  // Deno.resolveDns asks name servers only; loaded with the first name, since it takes 10 ms
  const { lookup } = await import("node:dns/promises");
  const found = await lookup(hostname, { all: true, verbatim: true });
  return found.map(({ address }) => address);
};
