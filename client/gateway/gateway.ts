import type { Transport } from "../../protocol/mod.ts";
import { GatewayConnection } from "./gateway_connection.ts";
import type { GatewayOptions } from "./gateway_options.ts";

/**
 * One endpoint in front of many executors: the protocol of an exec-server, with an `environmentId` in each request, and
 * `environment/add`, `environment/status` and `environment/info`. Requests without an id go to the default environment,
 * so that any exec-server client can use it.
 *
 * A session ends with its connection, and so do its processes.
 *
 * Source: environments, section 5.1.
 */
export class Gateway {
  readonly #options: GatewayOptions;
  readonly #connections = new Set<GatewayConnection>();

  /** Serves nobody yet. @param options environments, and what answers for them */
  constructor(options: GatewayOptions) {
    this.#options = options;
  }

  /** Serves one client; resolves when it is gone and its processes are ended. */
  async serve(transport: Transport): Promise<void> {
    const connection = new GatewayConnection(this.#options, transport);
    this.#connections.add(connection);
    try {
      await connection.run();
    } finally {
      this.#connections.delete(connection);
    }
  }

  /** Ends every connection. */
  async close(): Promise<void> {
    await Promise.all([...this.#connections].map((connection) => connection.close()));
  }
}
