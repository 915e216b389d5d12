import type { HttpCallOptions, HttpClient, HttpRequest, HttpResponse, HttpStreamResponse } from "../../protocol/mod.ts";
import type { ExecServerClient } from "../exec_server_client.ts";
import type { ConnectionSupplier } from "../remote_exec.ts";
import { RemoteHttpClient } from "../remote_http_client.ts";

/** Sends HTTP requests over whatever connection an environment has at the moment. */
export class SharedHttpClient implements HttpClient {
  readonly #connection: ConnectionSupplier;
  readonly #clients = new WeakMap<ExecServerClient, RemoteHttpClient>();

  /** Connects with the first request. @param connection gives the client */
  constructor(connection: ConnectionSupplier) {
    this.#connection = connection;
  }

  /** Sends a request and waits for the whole body. */
  async request(request: HttpRequest, options?: HttpCallOptions): Promise<HttpResponse> {
    return await (await this.#client()).request(request, options);
  }

  /** Sends a request and returns with the headers; the body follows. */
  async requestStream(request: HttpRequest, options?: HttpCallOptions): Promise<HttpStreamResponse> {
    return await (await this.#client()).requestStream(request, options);
  }

  async #client(): Promise<RemoteHttpClient> {
    const connection = await this.#connection();
    return this.#clients.getOrInsertComputed(connection, () => {
      const client = new RemoteHttpClient(connection);
      // bodies do not survive a lost connection, even where the session does
      connection.onDisconnect(() => client.disconnected());
      return client;
    });
  }
}
