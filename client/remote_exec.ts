import type { ExecBackend, ProcessHandle, ProcessSpec } from "../protocol/mod.ts";
import type { ExecServerClient } from "./exec_server_client.ts";

/** Gives the connection to use, and makes it when there is none; several proxies share one. */
export type ConnectionSupplier = () => Promise<ExecServerClient>;

/** Starts processes behind an exec-server. */
export class RemoteExec implements ExecBackend {
  readonly #connection: ConnectionSupplier;

  /** Connects with the first start. @param connection gives the client */
  constructor(connection: ConnectionSupplier) {
    this.#connection = connection;
  }

  /** Starts a program. @throws {RpcError} as `process/start` does; {TransportClosedError} when the connection ends */
  async start(spec: ProcessSpec): Promise<ProcessHandle> {
    return await (await this.#connection()).start(spec);
  }
}
