import { localBackends } from "../../../cli/local_backends.ts";
import { type Environment, LocalEnvironment, RemoteEnvironment, targetOfUrl } from "../../../client/mod.ts";
import type { ServerProcess } from "../../support/server_process.ts";
import { startServer } from "../../support/test_server.ts";

/** A kind of environment the same tests run on. */
export interface EnvironmentKind {
  /** For the names of tests; the environment's id. */
  readonly name: string;
  /** Opens one. */
  open(): Promise<Environment>;
}

/** This machine without a socket, and this machine behind a server process. */
export const KINDS: readonly EnvironmentKind[] = [
  { name: "local", open: async () => new LocalEnvironment(await localBackends()) },
  { name: "remote", open: openRemote },
];

/** A remote environment that ends its server with it. */
class RemoteWithServer extends RemoteEnvironment {
  readonly #server: ServerProcess;

  constructor(server: ServerProcess) {
    super({ id: "remote", target: targetOfUrl(server.url) });
    this.#server = server;
  }

  override async [Symbol.asyncDispose](): Promise<void> {
    await super[Symbol.asyncDispose]();
    await this.#server[Symbol.asyncDispose]();
  }
}

async function openRemote(): Promise<Environment> {
  return new RemoteWithServer(await startServer());
}
