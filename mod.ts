/**
 * A server that runs processes and file operations for coding agents, and the library that talks to it.
 *
 * Run as a program it serves: `deno run -A mod.ts --listen ws://127.0.0.1:0`. Imported it has no side effects.
 *
 * @module
 */
import { SELF_HELPER_ARGUMENT } from "./sandbox/spawn_helper.ts";

export * from "./client/mod.ts";
export { localBackends } from "./cli/local_backends.ts";
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
  if (Deno.args[0] === SELF_HELPER_ARGUMENT) {
    const { runSelfHelper } = await import("./sandbox/self_helper.ts");
    Deno.exit(await runSelfHelper());
  }
  const { main } = await import("./cli/main.ts");
  Deno.exit(await main(Deno.args));
}
