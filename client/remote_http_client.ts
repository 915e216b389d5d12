import {
  decodeBase64,
  type HttpCallOptions,
  type HttpClient,
  type HttpRequest,
  type HttpResponse,
  type HttpStreamResponse,
  type ParamsOf,
  type ResultOf,
} from "../protocol/mod.ts";
import type { ExecServerClient } from "./exec_server_client.ts";
import { type BodyBudget, HttpBodyRoute, HttpStreamError } from "./http_body_route.ts";

/** What a {@linkcode RemoteHttpClient} needs of a connection. */
export type HttpConnection = Pick<ExecServerClient, "call" | "on" | "onDisconnect" | "closed" | "environmentInfo">;

interface OpenBody {
  readonly route: HttpBodyRoute;
  /** Its caller's signal is not listened to any more. */
  readonly release: () => void;
}

/**
 * Sends HTTP requests from an executor's network, over a connection to it.
 *
 * An abandoned request is cancelled on executors that can do that (capability `httpRequestCancel`); others go on with
 * it until the connection ends.
 *
 * Source: HTTP and MCP, section 2.
 */
export class RemoteHttpClient implements HttpClient, Disposable {
  readonly #connection: HttpConnection;
  readonly #routes = new Map<string, OpenBody>();
  readonly #budget: BodyBudget = { used: 0 };
  readonly #listener: Disposable;
  readonly #disconnects: Disposable;
  #nextId = 1;

  /** One for each connection. @param connection an open one; it is not closed with this client */
  constructor(connection: HttpConnection) {
    this.#connection = connection;
    this.#listener = connection.on("http/request/bodyDelta", (delta) => {
      const { requestId } = delta;
      const state = this.#routes.get(requestId)?.route.push(delta);
      // deltas of unknown ids are late ones
      if (state === undefined || state === "more") return;
      this.#forget(requestId);
      if (state === "broken") this.#cancel(requestId);
    });
    // also a connection that is made again has lost its bodies
    this.#disconnects = connection.onDisconnect(() => this.disconnected());
    connection.closed.then(() => this.disconnected());
  }

  /** Sends a request and waits for the whole body. @throws {RpcError} of the executor, or the signal's reason */
  async request(request: HttpRequest, { signal }: HttpCallOptions = {}): Promise<HttpResponse> {
    const requestId = this.#newId();
    const { status, headers, bodyBase64 } = await this.#call(encode(request, requestId, false), signal);
    return { status, headers, body: decodeBase64(bodyBase64) };
  }

  /** Sends a request and returns with the headers. @throws {RpcError} of the executor, or the signal's reason */
  async requestStream(request: HttpRequest, { signal }: HttpCallOptions = {}): Promise<HttpStreamResponse> {
    const requestId = this.#newId();
    const route = new HttpBodyRoute(requestId, this.#budget, () => this.#forget(requestId) && this.#cancel(requestId));
    const abort = () => {
      route.fail(signal?.reason);
      if (this.#forget(requestId)) this.#cancel(requestId);
    };
    // a delta may overtake the caller, never the answer
    this.#routes.set(requestId, { route, release: () => signal?.removeEventListener("abort", abort) });
    try {
      const { status, headers } = await this.#call(encode(request, requestId, true), signal);
      if (this.#routes.has(requestId)) signal?.addEventListener("abort", abort);
      return { status, headers, body: route.body };
    } catch (error) {
      this.#forget(requestId);
      throw error;
    }
  }

  /** The connection is lost: streams are not resumed by a new one, so all of them fail. */
  disconnected(): void {
    for (const [requestId, { route }] of [...this.#routes]) {
      this.#forget(requestId);
      route.end(new HttpStreamError("exec-server transport disconnected"));
    }
  }

  /** Takes no further bodies; open ones fail. The connection stays. */
  [Symbol.dispose](): void {
    this.#listener[Symbol.dispose]();
    this.#disconnects[Symbol.dispose]();
    for (const requestId of this.#routes.keys()) this.#cancel(requestId);
    this.disconnected();
  }

  /** @returns whether more was expected */
  #forget(requestId: string): boolean {
    this.#routes.get(requestId)?.release();
    return this.#routes.delete(requestId);
  }

  #newId(): string {
    return `http-${this.#nextId++}`;
  }

  async #call(params: ParamsOf<"http/request">, signal: AbortSignal | undefined): Promise<ResultOf<"http/request">> {
    signal?.throwIfAborted();
    const aborted = Promise.withResolvers<never>();
    const abort = () => {
      aborted.reject(signal?.reason);
      this.#cancel(params.requestId);
    };
    signal?.addEventListener("abort", abort, { once: true });
    try {
      return await Promise.race([this.#connection.call("http/request", params), aborted.promise]);
    } finally {
      signal?.removeEventListener("abort", abort);
    }
  }

  #cancel(requestId: string): void {
    if (this.#connection.environmentInfo?.capabilities?.httpRequestCancel !== true) return;
    // nobody waits for it: a request that has ended, or a connection, needs no cancelling
    this.#connection.call("http/request/cancel", { requestId }).catch(() => {});
  }
}

function encode(request: HttpRequest, requestId: string, streamResponse: boolean): ParamsOf<"http/request"> {
  const { method, url, headers = [], body, timeoutMs, redirectPolicy = "follow" } = request;
  return {
    method,
    url,
    headers: headers.map(({ name, value = "", valueEnvVar }) => ({
      name,
      value,
      valueEnvVar: valueEnvVar ?? undefined,
    })),
    bodyBase64: body?.toBase64() ?? null,
    ...typeof timeoutMs === "number" ? { timeoutMs } : {},
    redirectPolicy,
    requestId,
    streamResponse,
  };
}
