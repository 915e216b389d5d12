import type { HttpClient, HttpHeader, HttpStreamResponse } from "../protocol/mod.ts";
import { decompressed } from "./decompressed_body.ts";

/** Options of {@linkcode executorFetch}. */
export interface ExecutorFetchOptions {
  /** Sent with every request besides its own; `valueEnvVar` names variables of the executor, which `fetch` cannot. */
  readonly extraHeaders?: readonly HttpHeader[];
}

// the standard allows no body with these
const NULL_BODY_STATUSES: ReadonlySet<number> = new Set([204, 205, 304]);

/**
 * A `fetch` that sends from the network of an {@linkcode HttpClient}, usable wherever `fetch` is expected.
 *
 * Different from the standard: no cookies, cache or CORS; the request's body is sent as a whole; `response.url` is that
 * of the request also after redirects; `redirect: "manual"` returns the 3xx response itself.
 *
 * @example
 * ```ts ignore
 * const fetch = executorFetch(environment.http);
 * const response = await fetch("http://127.0.0.1:8080/");
 * ```
 */
export function executorFetch(client: HttpClient, options: ExecutorFetchOptions = {}): typeof fetch {
  const { extraHeaders = [] } = options;
  return async (input: RequestInfo | URL, init?: RequestInit): Promise<Response> => {
    const request = new Request(input, init);
    const { signal } = request;
    signal.throwIfAborted();
    const body = request.body === null ? undefined : new Uint8Array(await request.arrayBuffer());
    const headers = [...request.headers].map(([name, value]) => ({ name, value }));
    let answer: HttpStreamResponse;
    try {
      answer = await client.requestStream({
        method: request.method,
        url: request.url,
        headers: [...headers, ...extraHeaders],
        body,
        redirectPolicy: request.redirect === "follow" ? "follow" : "stop",
      }, { signal });
    } catch (cause) {
      throw signal.aborted ? signal.reason : networkError(cause);
    }
    if (request.redirect === "error" && isRedirect(answer)) {
      await answer.body.cancel();
      throw new TypeError("Failed to fetch: the response is a redirect, and redirects are errors here");
    }
    return await responseOf(answer, request);
  };
}

async function responseOf(answer: HttpStreamResponse, request: Request): Promise<Response> {
  const { status } = answer;
  if (status < 200 || status > 599) {
    await answer.body.cancel();
    throw new TypeError(`Failed to fetch: a Response cannot have the status ${status}`);
  }
  const headers = new Headers();
  for (const { name, value } of answer.headers) headers.append(name, value);
  const empty = NULL_BODY_STATUSES.has(status) || request.method === "HEAD";
  if (empty) await answer.body.cancel();
  const body = empty ? null : decompressed(failing(answer.body, request.signal), headers);
  const response = new Response(body, { status, headers });
  Object.defineProperty(response, "url", { value: request.url });
  return response;
}

/** A body that breaks off is a network error for the reader, as with `fetch`. */
function failing(
  body: ReadableStream<Uint8Array<ArrayBuffer>>,
  signal: AbortSignal,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  const reader = body.getReader();
  return new ReadableStream({
    pull: async (controller) => {
      try {
        const { value, done } = await reader.read();
        if (done) controller.close();
        else controller.enqueue(value);
      } catch (cause) {
        controller.error(signal.aborted ? signal.reason : networkError(cause));
      }
    },
    cancel: (reason) => reader.cancel(reason),
  }, { highWaterMark: 0 });
}

function isRedirect({ status, headers }: HttpStreamResponse): boolean {
  return [301, 302, 303, 307, 308].includes(status) && headers.some(({ name }) => name === "location");
}

function networkError(cause: unknown): TypeError {
  return new TypeError(`Failed to fetch: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
}
