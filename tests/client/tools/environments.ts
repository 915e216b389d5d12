import { type Environment, ExecServerClient, RemoteExec, RemoteFilesystem } from "../../../client/mod.ts";
import { type HttpClient, invalidRequest } from "../../../protocol/mod.ts";
import { ExecServer } from "../../../server/mod.ts";
import { startServer } from "../../support/test_server.ts";

/** A kind of environment the same tests run on. */
export interface EnvironmentKind {
  /** For the names of tests. */
  readonly name: string;
  /** Opens one. */
  open(id?: string): Promise<Environment>;
}

/** This machine without a socket, and this machine behind a server process. */
export const KINDS: readonly EnvironmentKind[] = [
  { name: "local", open: (id = "local") => openLocal(id) },
  { name: "remote", open: (id = "remote") => openRemote(id) },
];

// no tool sends HTTP
const NO_HTTP: HttpClient = {
  request: () => Promise.reject(invalidRequest("no HTTP in these tests")),
  requestStream: () => Promise.reject(invalidRequest("no HTTP in these tests")),
};

async function openLocal(id: string): Promise<Environment> {
  const server = await ExecServer.create();
  return {
    id,
    isRemote: false,
    execServerUrl: undefined,
    capabilities: { exec: true, filesystem: true },
    exec: server.localExec(),
    filesystem: server.filesystem,
    http: NO_HTTP,
    info: () => Promise.resolve(server.environmentInfo),
    status: () => Promise.resolve({ status: "ready" }),
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

async function openRemote(id: string): Promise<Environment> {
  const server = await startServer();
  const client = await ExecServerClient.connect(server.url, { clientName: "tools-test" });
  const connection = () => Promise.resolve(client);
  return {
    id,
    isRemote: true,
    execServerUrl: server.url,
    capabilities: { exec: true, filesystem: true },
    exec: new RemoteExec(connection),
    filesystem: new RemoteFilesystem(connection),
    http: NO_HTTP,
    info: () => client.call("environment/info", {}),
    status: () => Promise.resolve({ status: "ready" }),
    [Symbol.asyncDispose]: async () => {
      await client[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
    },
  };
}
