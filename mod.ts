/**
 * A server that runs processes and file operations for coding agents, and the library that talks to it.
 *
 * Run as a program it serves: `deno run -A mod.ts --listen ws://127.0.0.1:0`. Imported it has no side effects.
 *
 * @module
 */
export * from "./client/mod.ts";
export {
  ExecServer,
  type ExecServerOptions,
  HttpPolicy,
  type HttpPolicyOptions,
  LocalHttpClient,
  type LocalHttpClientOptions,
  parseListenAddress,
  VERSION,
} from "./server/mod.ts";

if (import.meta.main) {
  const { main } = await import("./cli/main.ts");
  Deno.exit(await main(Deno.args));
}
