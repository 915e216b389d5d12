import type { HttpClient, HttpHeader } from "../protocol/mod.ts";

/** TEMPORARY until branch http lands. */
export function executorFetch(
  http: HttpClient,
): (input: string | URL | Request, init?: RequestInit) => Promise<Response> {
  return async (input, init) => {
    const request = new Request(input, init);
    const headers: HttpHeader[] = [...request.headers].map(([name, value]) => ({ name, value }));
    const body = request.body === null ? undefined : await request.bytes();
    const response = await http.requestStream({
      method: request.method,
      url: request.url,
      headers,
      body,
      redirectPolicy: init?.redirect === "manual" ? "stop" : "follow",
    }, init?.signal ? { signal: init.signal } : {});
    const empty = [101, 103, 204, 205, 304].includes(response.status);
    if (empty) await response.body.cancel();
    return new Response(empty ? null : response.body, {
      status: response.status,
      headers: response.headers.map(({ name, value }) => [name, value] as [string, string]),
    });
  };
}
