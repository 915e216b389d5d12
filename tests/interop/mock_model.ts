/** An item of a model's answer. */
export type ModelItem = Record<string, unknown>;

/** A stand-in for the Responses API: plays one list of items for each request and collects the tools' outputs. */
export class MockModel implements AsyncDisposable {
  /** Text of each tool's output by call id. */
  readonly outputs = new Map<string, string>();
  /** The tools the client offered last, as it described them. */
  tools: unknown[] = [];
  /** What the client said in its first request, besides the tools. */
  firstInput: unknown;
  readonly #turns: Iterator<ModelItem[]> | AsyncIterator<ModelItem[]>;
  readonly #server: Deno.HttpServer<Deno.NetAddr>;
  #requests = 0;

  /** @param turns items for the first request, for the second, …; after that the model says that it is done */
  constructor(turns: Iterable<ModelItem[]> | AsyncIterable<ModelItem[]>) {
    this.#turns = Symbol.asyncIterator in turns ? turns[Symbol.asyncIterator]() : turns[Symbol.iterator]();
    const listen = { hostname: "127.0.0.1", port: 0, onListen: () => {} };
    this.#server = Deno.serve(listen, (request) => this.#answer(request));
  }

  /** Base URL for codex' model provider. */
  get url(): string {
    return `http://127.0.0.1:${this.#server.addr.port}/v1`;
  }

  /** A call of a tool with JSON arguments. */
  static functionCall(callId: string, name: string, args: unknown): ModelItem {
    return { type: "function_call", call_id: callId, name, arguments: JSON.stringify(args) };
  }

  /** A call of a tool with free text. */
  static customCall(callId: string, name: string, input: string): ModelItem {
    return { type: "custom_tool_call", call_id: callId, name, input };
  }

  /** Stops serving. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.#server.shutdown();
  }

  async #answer(request: Request): Promise<Response> {
    if (request.method !== "POST" || !new URL(request.url).pathname.endsWith("/responses")) {
      return new Response("", { status: 404 });
    }
    this.#collect(await request.json());
    const done = { type: "message", role: "assistant", content: [{ type: "output_text", text: "DONE" }] };
    const next = await this.#turns.next();
    const items = next.done === true ? [done] : next.value;
    const id = `response-${++this.#requests}`;
    const usage = { input_tokens: 1, output_tokens: 1, total_tokens: 2 };
    const events = [
      { type: "response.created", response: { id } },
      ...items.map((item, i) => ({ type: "response.output_item.done", output_index: i, item })),
      { type: "response.completed", response: { id, usage } },
    ];
    const body = events.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`).join("");
    return new Response(body, { headers: { "content-type": "text/event-stream" } });
  }

  #collect(body: { tools?: unknown[]; input?: { type?: string; call_id?: string; output?: unknown }[] }): void {
    this.tools = body.tools ?? this.tools;
    this.firstInput ??= body.input;
    for (const { type, call_id, output } of body.input ?? []) {
      if (call_id === undefined || !type?.endsWith("_output")) continue;
      this.outputs.set(call_id, typeof output === "string" ? output : JSON.stringify(output));
    }
  }
}
