import { errorStack, type ListenAddress, type LogLevel, stderrLogger } from "../server/mod.ts";
import { RegistryServer, type RegistryServerOptions } from "../server/registry/mod.ts";
import { guard, stopSignal } from "./service.ts";

/** What `exec-server registry` was asked to serve. */
export interface ServeRegistryOptions extends Omit<RegistryServerOptions, "log"> {
  /** Where to listen. */
  readonly address: Extract<ListenAddress, { kind: "websocket" }>;
  /** The loudest log level. */
  readonly logLevel: LogLevel;
}

/** Serves until a signal; stdout gets the base URL. @returns the exit status */
export async function serveRegistry(
  { address, logLevel, publicUrl, ...options }: ServeRegistryOptions,
): Promise<number> {
  if (publicUrl !== undefined && !/^wss?:\/\/[^/]/.test(publicUrl)) {
    throw new Error(`invalid --public-url \`${publicUrl}\`; expected ws:// or wss://`);
  }
  const log = stderrLogger(logLevel);
  guard((error) => log.error("unexpected error", { error: errorStack(error) }));
  const server = new RegistryServer({ ...options, publicUrl, log });
  const stop = stopSignal();
  const url = await server.listen(address);
  Deno.stdout.writeSync(new TextEncoder().encode(`${url}\n`));
  await stop;
  await server.close();
  return 0;
}
