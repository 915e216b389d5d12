import {
  concatBytes,
  type HttpCallOptions,
  type HttpClient,
  type HttpRequest,
  type HttpResponse,
  type HttpStreamResponse,
  internalError,
  LIMITS,
  RpcError,
  TEXTS,
} from "../../protocol/mod.ts";
import { type Logger, SILENT } from "../log.ts";
import { bodyDecoder } from "./body_decoder.ts";
import { BusyWait } from "./busy_wait.ts";
import { readCaCertificates } from "./ca_certificates.ts";
import { ConnectionPool } from "./connection_pool.ts";
import { HttpCall } from "./http_call.ts";
import { HttpFailure } from "./http_failure.ts";
import { HttpPolicy } from "./http_policy.ts";
import type { HttpSocket } from "./http_socket.ts";
import { IncomingResponse } from "./incoming_response.ts";
import { type PreparedRequest, prepareRequest } from "./prepared_request.ts";
import { ProxySettings } from "./proxy_settings.ts";
import { redirectOf } from "./redirect.ts";
import { encodeRequest } from "./request_head.ts";
import { type HostResolver, resolveHost } from "./resolve_host.ts";
import { hasToken, headerValues, type ResponseHead } from "./response_head.ts";
import {
  checkTarget,
  type ConnectSettings,
  connectUpstream,
  forwards,
  type Upstream,
  upstreamKey,
} from "./upstream.ts";

/** Options of {@linkcode LocalHttpClient}; every one has a default. */
export interface LocalHttpClientOptions {
  /** Variables for headers, proxies and certificates; default the program's own. */
  readonly environment?: Readonly<Record<string, string>> | undefined;
  /** Which hosts may be reached; default all but metadata services. */
  readonly policy?: HttpPolicy | undefined;
  /** Finds addresses; default the system's resolver. */
  readonly resolve?: HostResolver | undefined;
  /** Resolves when bodies returned so far are not held any more; they count until then. Default at once. */
  readonly released?: (() => Promise<void>) | undefined;
  /** Whether the program may wait busily, for less than a millisecond, for servers that answer at once; default no. */
  readonly busyWait?: boolean | undefined;
  /** Gets diagnostics, without anything of the request; default none. */
  readonly log?: Logger | undefined;
}

// as many small bodies as may be in flight do not amount to much
const SMALL_BODY_BYTES = 64 * 1024;

// safe methods: sending them twice does what sending them once does (RFC 9110 section 9.2.1)
const SAFE_METHODS: ReadonlySet<string> = new Set(["GET", "HEAD", "OPTIONS", "TRACE"]);

/**
 * Sends HTTP requests from this machine over connections of its own, which it keeps for reuse.
 *
 * It speaks HTTP/1.1 on sockets itself: neither `fetch` nor `node:http` can send exactly what was asked for and tell
 * exactly what came back (HTTP and MCP, section 1.15).
 */
export class LocalHttpClient implements HttpClient, Disposable {
  readonly #environment: Readonly<Record<string, string>>;
  readonly #policy: HttpPolicy;
  readonly #resolve: HostResolver;
  readonly #released: (() => Promise<void>) | undefined;
  readonly #log: Logger;
  readonly #busyWait: boolean;
  readonly #proxies: ProxySettings;
  readonly #pool = new ConnectionPool();
  readonly #calls = new Set<HttpCall>();
  readonly #ended = (call: HttpCall): void => void this.#calls.delete(call);
  #settings: ConnectSettings | undefined;
  #bufferedBytes = 0;

  /** Opens nothing yet. @param options environment, policy, resolver, log */
  constructor(options: LocalHttpClientOptions = {}) {
    this.#environment = options.environment ?? Deno.env.toObject();
    this.#policy = options.policy ?? new HttpPolicy();
    this.#resolve = options.resolve ?? resolveHost;
    this.#released = options.released;
    this.#log = options.log ?? SILENT;
    this.#busyWait = options.busyWait === true && BusyWait.possible;
    this.#proxies = new ProxySettings(this.#environment);
  }

  /** Sends a request and waits for the whole body. @throws {RpcError} with the texts of the wire */
  async request(request: HttpRequest, options: HttpCallOptions = {}): Promise<HttpResponse> {
    const prepared = prepareRequest(request, this.#environment);
    const call = this.#begin(request, options);
    try {
      const response = await this.#send(prepared, request.redirectPolicy !== "stop", call);
      const { status, headers } = response;
      return { status, headers, body: await this.#collect(response) };
    } finally {
      call.end();
    }
  }

  /** Sends a request and returns with the headers. @throws {RpcError} with the texts of the wire */
  async requestStream(request: HttpRequest, options: HttpCallOptions = {}): Promise<HttpStreamResponse> {
    const prepared = prepareRequest(request, this.#environment);
    const call = this.#begin(request, options);
    try {
      const response = await this.#send(prepared, request.redirectPolicy !== "stop", call);
      const { status, headers } = response;
      return { status, headers, body: this.#stream(response, call) };
    } catch (error) {
      call.end();
      throw error;
    }
  }

  /** Ends every call and every connection. */
  close(): void {
    for (const call of [...this.#calls]) call.abort("cancelled");
    this.#pool.close();
  }

  /** Same as {@linkcode close}. */
  [Symbol.dispose](): void {
    this.close();
  }

  #begin({ timeoutMs }: HttpRequest, { signal }: HttpCallOptions): HttpCall {
    if (timeoutMs === 0) throw internalError(TEXTS.httpFailed(TEXTS.httpTimedOut));
    const call = new HttpCall(timeoutMs, signal, this.#ended);
    this.#calls.add(call);
    return call;
  }

  async #send(first: PreparedRequest, follow: boolean, call: HttpCall): Promise<IncomingResponse> {
    let request = first;
    try {
      this.#settings ??= {
        policy: this.#policy,
        resolve: this.#resolve,
        caCertificates: await readCaCertificates(this.#environment),
        busyWait: this.#busyWait,
      };
      for (let hop = 0;; hop++) {
        const response = await this.#exchange(request, this.#settings, call);
        let next: PreparedRequest | undefined;
        try {
          next = follow ? redirectOf(request, response) : undefined;
          if (next === undefined) return response;
          if (hop === LIMITS.maxHttpRedirects) throw internalError(TEXTS.httpFailed(TEXTS.httpTooManyRedirects));
        } catch (error) {
          response.discard();
          throw error;
        }
        await response.skip();
        request = next;
      }
    } catch (error) {
      if (error instanceof RpcError) throw error;
      const stage = error instanceof HttpFailure ? error.stage : "send";
      this.#log.info("http/request send failed", { stage });
      if (stage === "cancelled") throw cancelled();
      throw internalError(TEXTS.httpFailed(TEXTS.httpSending(request.url.href)), { cause: error });
    }
  }

  async #exchange(request: PreparedRequest, settings: ConnectSettings, call: HttpCall): Promise<IncomingResponse> {
    const upstream = { url: request.url, proxy: this.#proxies.proxyFor(request.url) };
    const key = upstreamKey(upstream);
    if (forwards(upstream)) checkTarget(upstream, settings.policy);
    while (true) {
      // a kept connection leads to a target that was checked when it was opened
      const socket = this.#pool.take(key) ?? await connectUpstream(upstream, settings, call);
      try {
        return await this.#roundTrip(request, upstream, key, socket, call);
      } catch (error) {
        socket.close();
        // the server closed it before the request came: another connection may do
        const stale = socket.uses > 0 && !socket.answered && call.failure === undefined;
        if (!stale || !SAFE_METHODS.has(request.method)) throw call.failure ?? error;
      }
    }
  }

  async #roundTrip(
    request: PreparedRequest,
    upstream: Upstream,
    key: string,
    socket: HttpSocket,
    call: HttpCall,
  ): Promise<IncomingResponse> {
    call.onAbort(() => socket.close());
    const absolute = forwards(upstream);
    const form = { absolute, proxyAuthorization: absolute ? upstream.proxy?.authorization : undefined };
    let written = false;
    // a server may answer before it has read everything, so a failed write is only told by the answer that is missing
    socket.write(encodeRequest(request, form)).then(() => written = true, () => {});
    const head = await socket.readHead(this.#calls.size === 1);
    const body = bodyDecoder(request.method, head);
    const reusable = keepsAlive(request, head);
    const reuse = () => written ? this.#pool.put(key, socket) : socket.close();
    return new IncomingResponse(head, socket, body, call, reusable ? reuse : undefined);
  }

  async #collect(response: IncomingResponse): Promise<Uint8Array> {
    const parts: Uint8Array[] = [];
    let held = 0;
    try {
      for (let part = await response.read(); part !== undefined; part = await response.read()) {
        held += part.length;
        this.#bufferedBytes += part.length;
        if (this.#bufferedBytes > LIMITS.maxHttpBufferedBytes) {
          response.discard();
          const reason = `buffered bodies exceed ${LIMITS.maxHttpBufferedBytes} bytes: stream the response`;
          throw internalError(TEXTS.httpBodyFailed(reason));
        }
        parts.push(part);
      }
      return parts.length === 1 ? parts[0] as Uint8Array : concatBytes(parts);
    } catch (error) {
      throw error instanceof RpcError ? error : internalError(TEXTS.httpBodyFailed(this.#bodyFailure(error).message));
    } finally {
      this.#release(held);
    }
  }

  /** The body is handed over after the caller has returned; only then is there something to wait for. */
  #release(bytes: number): void {
    if (this.#released === undefined || bytes <= SMALL_BODY_BYTES) {
      this.#bufferedBytes -= bytes;
      return;
    }
    setTimeout(async () => {
      await this.#released?.();
      this.#bufferedBytes -= bytes;
    });
  }

  #stream(response: IncomingResponse, call: HttpCall): ReadableStream<Uint8Array<ArrayBuffer>> {
    call.onAbort(() => response.discard());
    return new ReadableStream({
      pull: async (controller) => {
        try {
          const part = await response.read();
          if (part !== undefined) return controller.enqueue(part);
          controller.close();
        } catch (error) {
          controller.error(this.#bodyFailure(error));
        }
        call.end();
      },
      cancel: () => {
        response.discard();
        call.end();
      },
    }, { highWaterMark: 0 });
  }

  #bodyFailure(error: unknown): RpcError {
    const stage = error instanceof HttpFailure ? error.stage : "closed";
    this.#log.info("http/request body failed", { stage });
    return stage === "cancelled" ? cancelled() : internalError(TEXTS.httpBodyBroken, { cause: error });
  }
}

function cancelled(): RpcError {
  return internalError("http/request was cancelled");
}

/** Whether the connection stays open behind this response (RFC 9112 section 9.3). */
function keepsAlive(request: PreparedRequest, head: ResponseHead): boolean {
  const answered = headerValues(head, "connection");
  const { headers } = request;
  const closing = headers.has("connection") &&
    [...headers].some(([name, value]) => name === "connection" && hasToken([value], "close"));
  if (head.status === 101 || request.method === "CONNECT" || closing) return false;
  return head.minorVersion === 1 ? !hasToken(answered, "close") : hasToken(answered, "keep-alive");
}
