import { type ListenAddress, parseListenAddress } from "../server/mod.ts";

/** Reads `http://IP:PORT`. @throws {Error} saying what was expected */
export function parseRegistryAddress(text: string): Extract<ListenAddress, { kind: "websocket" }> {
  if (/^http:\/\//.test(text)) {
    try {
      const address = parseListenAddress(text.replace(/^http/, "ws"));
      if (address.kind === "websocket") return address;
    } catch {
      // its text speaks of ws://
    }
  }
  throw new Error(`invalid registry --listen URL \`${text}\`; expected \`http://IP:PORT\``);
}
