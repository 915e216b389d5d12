import { hostHeaderValidationResponse, originValidationResponse } from "@modelcontextprotocol/server";
import { LIMITS } from "../../protocol/mod.ts";
import type { AuthGate } from "../../server/auth/auth_gate.ts";

/** Who may use an HTTP listener. */
export interface HttpGuardOptions {
  /** Host names a request may be for, without a port. */
  readonly hostnames: readonly string[];
  /** Decides by the `Authorization` header; absent lets everybody in who reaches the address. */
  readonly gate?: AuthGate | undefined;
}

/**
 * Looks at a request before MCP does: a web page that a browser was made to load must not reach the tools, whether it
 * sends its own Origin or had its name rebound to this address; then the token; then how many are served at once.
 */
export class HttpGuard {
  readonly #options: HttpGuardOptions;
  #inFlight = 0;

  /** Lets nobody in yet. */
  constructor(options: HttpGuardOptions) {
    this.#options = options;
  }

  /** Serves a request, or answers instead. @param address the client's IP address */
  async serve(request: Request, address: string, next: (request: Request) => Promise<Response>): Promise<Response> {
    const { hostnames, gate } = this.#options;
    const names = [...hostnames];
    const refused = hostHeaderValidationResponse(request, names) ?? originValidationResponse(request, names);
    if (refused !== undefined) return refused;
    if (new URL(request.url).pathname !== "/mcp") {
      return new Response("not found: the endpoint is /mcp\n", { status: 404 });
    }
    const admitted = await gate?.admit(request.headers.get("authorization") ?? undefined, address);
    if (admitted !== undefined && "answer" in admitted) {
      const { status, body, headers } = admitted.answer;
      return new Response(body, { status, headers: { "www-authenticate": "Bearer", ...headers } });
    }
    if (this.#inFlight >= LIMITS.maxInFlightRequests) return new Response("too many requests\n", { status: 503 });
    this.#inFlight++;
    try {
      return await next(request);
    } finally {
      this.#inFlight--;
    }
  }
}
