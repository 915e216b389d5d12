import type { LocalBackends } from "../client/mod.ts";
import { ExecServer, type ExecServerOptions } from "../server/mod.ts";

/**
 * What this machine is worked on with, from a server that listens nowhere: processes, files and HTTP behave as behind a
 * socket, sandbox included.
 *
 * @example
 * ```ts ignore
 * await using manager = await EnvironmentManager.fromEnv({ local: localBackends });
 * ```
 */
export async function localBackends(options: ExecServerOptions = {}): Promise<LocalBackends> {
  const server = await ExecServer.create(options);
  return {
    exec: server.localExec(),
    filesystem: server.filesystem,
    http: server.localHttp(),
    info: () => server.environmentInfo,
    close: () => server.shutdown(),
  };
}
