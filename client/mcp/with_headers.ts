import type { HttpCallOptions, HttpClient, HttpHeader, HttpRequest } from "../../protocol/mod.ts";

/** Headers that a client adds to every request of a server. */
export interface AddedHeaders {
  /** Replaced by a header of the same name that the request has itself. */
  readonly defaults: readonly HttpHeader[];
  /** Replace a header of the same name. */
  readonly fixed: readonly HttpHeader[];
}

/**
 * An {@linkcode HttpClient} that adds headers, in the order of HTTP and MCP, section 3.2: configured ones first, then
 * the request's own, then fixed ones. `valueEnvVar` passes through, so a secret can stay on the executor.
 */
export function withHeaders(http: HttpClient, { defaults, fixed }: AddedHeaders): HttpClient {
  const added = (request: HttpRequest): HttpRequest => {
    const own = without(request.headers ?? [], fixed);
    return { ...request, headers: [...without(defaults, [...own, ...fixed]), ...own, ...fixed] };
  };
  return {
    request: (request: HttpRequest, options?: HttpCallOptions) => http.request(added(request), options),
    requestStream: (request: HttpRequest, options?: HttpCallOptions) => http.requestStream(added(request), options),
  };
}

function without(headers: readonly HttpHeader[], others: readonly HttpHeader[]): HttpHeader[] {
  const names = new Set(others.map(({ name }) => name.toLowerCase()));
  return headers.filter(({ name }) => !names.has(name.toLowerCase()));
}
