import type { ListenAddress, TlsIdentity } from "../server/mod.ts";
import { readTextOrThrow } from "./read_file.ts";

/** The flags of TLS as they were given. */
export interface TlsFlags {
  readonly tlsCert?: string | undefined;
  readonly tlsKey?: string | undefined;
}

/**
 * Reads the certificate chain and key that the flags name.
 *
 * @returns undefined when none is named
 * @throws {Error} when one is missing, cannot be read, or the listener is no websocket one
 */
export async function tlsIdentityOf(flags: TlsFlags, listen: ListenAddress): Promise<TlsIdentity | undefined> {
  const { tlsCert, tlsKey } = flags;
  if (tlsCert === undefined && tlsKey === undefined) return undefined;
  if (tlsCert === undefined || tlsKey === undefined) throw new Error("`--tls-cert` and `--tls-key` require each other");
  if (listen.kind !== "websocket") throw new Error("TLS requires a WebSocket listener");
  return {
    cert: await readTextOrThrow("TLS certificate", tlsCert),
    key: await readTextOrThrow("TLS key", tlsKey),
  };
}
