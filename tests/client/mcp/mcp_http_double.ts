/** A message or opening of a stream, as the server got it. */
export interface SeenRequest {
  readonly method: string;
  /** JSON-RPC method; empty for GET and DELETE. */
  readonly rpc: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** What a script may answer with; undefined leaves it to the double. */
export type Script = (seen: SeenRequest, message: McpMessage, url: string) => Response | Promise<Response> | undefined;

/** A JSON-RPC message as a script sees it. */
export interface McpMessage {
  readonly id?: number;
  readonly params?: { readonly name?: string; readonly arguments?: Readonly<Record<string, unknown>> };
}

/** A streamable HTTP MCP server with one tool, `echo`, whose answers a test may change. */
export interface McpHttpDouble extends AsyncDisposable {
  /** Its endpoint. */
  readonly url: string;
  readonly seen: readonly SeenRequest[];
  /** `rpc` or the HTTP method, then the session, in order. */
  log(): string[];
  /** Forgets every session: they are answered 404 from now on. */
  forget(): void;
}

/** An answer as one JSON message. */
export function answer(message: McpMessage, result: unknown, headers: Record<string, string> = {}): Response {
  return Response.json({ jsonrpc: "2.0", id: message.id, result }, { headers });
}

/** An event stream of these chunks; it ends behind them, breaks off or stays open. */
export function eventStream(chunks: readonly string[], end: "end" | "break" | "open" = "end"): Response {
  const encoder = new TextEncoder();
  const body = new ReadableStream({
    async start(controller) {
      for (const chunk of chunks) {
        controller.enqueue(encoder.encode(chunk));
        await new Promise((resolve) => setTimeout(resolve, 1)); // pieces of their own
      }
      if (end === "end") controller.close();
      else if (end === "break") controller.error(new Error("broken on purpose"));
    },
  });
  return new Response(body, { headers: { "content-type": "text/event-stream" } });
}

/** Starts one. */
export function mcpHttpDouble(script: Script = () => undefined): McpHttpDouble {
  const seen: SeenRequest[] = [];
  const sessions = new Set<string>();
  let count = 0;
  const ending = new AbortController();
  // bodies break on purpose
  const onError = () => new Response(null, { status: 500 });
  const options = { hostname: "127.0.0.1", port: 0, onListen: () => {}, onError, signal: ending.signal };
  const server = Deno.serve(options, async (request): Promise<Response> => {
    const text = await request.text();
    const message = text === "" ? {} : JSON.parse(text) as McpMessage & { method?: string };
    const headers = Object.fromEntries(request.headers);
    const entry = { method: request.method, rpc: message.method ?? "", headers };
    seen.push(entry);
    const scripted = await script(entry, message, url);
    if (scripted !== undefined) return scripted;
    const session = headers["mcp-session-id"];
    if (message.method === "initialize") {
      const id = `sess-${++count}`;
      sessions.add(id);
      const result = {
        protocolVersion: "2025-06-18",
        capabilities: { tools: {} },
        serverInfo: { name: "double", version: "1" },
      };
      return answer(message, result, { "mcp-session-id": id });
    }
    if (session === undefined || !sessions.has(session)) return new Response("no such session", { status: 404 });
    if (request.method === "DELETE") return new Response(null, { status: 200 });
    if (request.method === "GET") return new Response(null, { status: 405 });
    if (message.id === undefined) return new Response(null, { status: 202 });
    if (message.method === "tools/list") {
      return answer(message, { tools: ["echo", "other"].map((name) => ({ name, inputSchema: { type: "object" } })) });
    }
    const content = [{ type: "text", text: JSON.stringify(message.params?.arguments) }];
    return answer(message, { content });
  });
  const url: string = `http://127.0.0.1:${(server.addr as Deno.NetAddr).port}/mcp`;
  return {
    url,
    seen,
    log: () =>
      seen.map(({ method, rpc, headers }) => {
        const session = headers["mcp-session-id"];
        return `${rpc === "" ? method : rpc}${session === undefined ? "" : ` ${session}`}`;
      }),
    forget: () => sessions.clear(),
    [Symbol.asyncDispose]: async () => {
      ending.abort();
      await server.finished;
    },
  };
}
