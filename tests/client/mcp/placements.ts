import { type Environment, ExecServerClient, RemoteExec, RemoteHttpClient } from "../../../client/mod.ts";
import { memoryTransportPair } from "../../../protocol/mod.ts";
import { ExecServer, LocalHttpClient } from "../../../server/mod.ts";
import type { McpEnvironments } from "../../../client/mcp/mod.ts";

/** Somewhere to place MCP servers. */
export interface Place extends AsyncDisposable {
  readonly environment: Environment;
  /** Knows the one environment, as `local` or as `remote` and default. */
  readonly environments: McpEnvironments;
}

/** How to make each kind of place. @param variables of the executor's environment */
export const PLACES: Readonly<Record<"local" | "remote", (variables?: Record<string, string>) => Promise<Place>>> = {
  local: async (variables) => {
    const server = await ExecServer.create(variables === undefined ? {} : { environment: variables });
    const http = new LocalHttpClient({ environment: variables });
    const exec = server.localExec();
    const environment = { id: "local", isRemote: false, http, exec } as Partial<Environment> as Environment;
    return place(environment, async () => {
      http[Symbol.dispose]();
      await server.shutdown();
    });
  },
  remote: async (variables) => {
    const server = await ExecServer.create(variables === undefined ? {} : { environment: variables });
    const [near, far] = memoryTransportPair();
    const serving = server.serve(far);
    const client = await ExecServerClient.connect(near, { clientName: "test" });
    const environment = {
      id: "remote",
      isRemote: true,
      http: new RemoteHttpClient(client),
      exec: new RemoteExec(() => Promise.resolve(client)),
      info: () => Promise.resolve(client.environmentInfo),
    } as Partial<Environment> as Environment;
    return place(environment, async () => {
      await client.close();
      await serving;
      await server.shutdown();
    });
  },
};

function place(environment: Environment, close: () => Promise<void>): Place {
  return {
    environment,
    environments: {
      getEnvironment: (id) => id === environment.id ? environment : undefined,
      tryLocalEnvironment: () => environment.isRemote ? undefined : environment,
      defaultEnvironment: () => environment,
    },
    [Symbol.asyncDispose]: close,
  };
}
