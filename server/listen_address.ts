/** Where a server listens. */
export type ListenAddress =
  | { readonly kind: "websocket"; readonly hostname: string; readonly port: number }
  | { readonly kind: "unix"; readonly path: string }
  | { readonly kind: "stdio" };

/** Where a server listens when nothing is said. */
export const DEFAULT_LISTEN = "ws://127.0.0.1:0";

/**
 * Reads a `--listen` value: `ws://IP:PORT`, `unix:///ABSOLUTE/PATH`, `stdio` or `stdio://`. It is taken literally: no
 * host names, no paths behind the port.
 *
 * Source: exec-server protocol, section 2.1; `unix:` is an addition.
 *
 * @throws {Error} with the original's text
 */
export function parseListenAddress(text: string): ListenAddress {
  if (text === "stdio" || text === "stdio://") return { kind: "stdio" };
  if (text.startsWith("unix:///") && !text.endsWith("/")) return { kind: "unix", path: text.slice("unix://".length) };
  if (!text.startsWith("ws://")) {
    throw new Error(
      `unsupported --listen URL \`${text}\`; expected \`ws://IP:PORT\` or \`stdio\`, or \`unix:///PATH\``,
    );
  }
  const match = /^(\d{1,3}(?:\.\d{1,3}){3}|\[[0-9A-Fa-f:.]+\]):(\d{1,5})$/.exec(text.slice("ws://".length));
  const host = match?.[1] ?? "", port = Number(match?.[2]);
  if (match === null || port > 65_535 || !isIpAddress(host)) {
    throw new Error(`invalid websocket --listen URL \`${text}\`; expected \`ws://IP:PORT\``);
  }
  return { kind: "websocket", hostname: host.replace(/^\[|\]$/g, ""), port };
}

function isIpAddress(host: string): boolean {
  if (host.startsWith("[")) return URL.canParse(`http://${host}/`);
  return host.split(".").every((part) => Number(part) <= 255 && String(Number(part)) === part);
}
