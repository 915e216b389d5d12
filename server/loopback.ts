/** Whether only this machine reaches an IP address. */
export function isLoopbackAddress(hostname: string): boolean {
  return /^127\.\d+\.\d+\.\d+$/.test(hostname) || hostname === "::1" ||
    /^::ffff:127\.\d+\.\d+\.\d+$/i.test(hostname) || /^(0{1,4}:){7}0{0,3}1$/.test(hostname);
}

/** Whether a `Host` header names this machine, with or without a port. */
export function isLoopbackHost(host: string): boolean {
  const name = host.replace(/:\d+$/, "").toLowerCase();
  return name === "localhost" || isLoopbackAddress(name.replace(/^\[(.*)\]$/, "$1"));
}
