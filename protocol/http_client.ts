/** A header of a request; the executor resolves `valueEnvVar` (HTTP and MCP, section 1.4). */
export interface HttpHeader {
  /** Token; sent in lower case. */
  readonly name: string;
  /** Text; sent as UTF-8. Default empty. */
  readonly value?: string | undefined;
  /** Variable of the executor's environment whose value is sent behind `value`, so the secret stays there. */
  readonly valueEnvVar?: string | null | undefined;
}

/** One HTTP request. */
export interface HttpRequest {
  /** HTTP token, case kept. */
  readonly method: string;
  /** Absolute, `http` or `https`. */
  readonly url: string;
  /** In the order they are sent. */
  readonly headers?: readonly HttpHeader[] | undefined;
  /** Whole body; uploads are not streamed. */
  readonly body?: Uint8Array | undefined;
  /** Milliseconds from sending to the last byte of the body, over all redirects; absent or null means forever. */
  readonly timeoutMs?: number | null | undefined;
  /** Whether a redirect is followed, up to ten times, or returned; default "follow". */
  readonly redirectPolicy?: "follow" | "stop" | undefined;
}

/** A header of a response. */
export interface HttpResponseHeader {
  /** Lower case. */
  readonly name: string;
  /** Visible ASCII, blanks and tabs. */
  readonly value: string;
}

/** What a server answered, before its body. */
export interface HttpResponseHead {
  /** 100 to 999; every status is a response, never an error. */
  readonly status: number;
  /** Repeated headers are separate entries. */
  readonly headers: readonly HttpResponseHeader[];
}

/** A response with its whole body. */
export interface HttpResponse extends HttpResponseHead {
  /** Bytes as they came, never decompressed. */
  readonly body: Uint8Array;
}

/** A response whose body arrives while it is read. */
export interface HttpStreamResponse extends HttpResponseHead {
  /** Bytes as they come, never decompressed; `cancel()` ends the request. */
  readonly body: ReadableStream<Uint8Array<ArrayBuffer>>;
}

/** Options of a call of an {@linkcode HttpClient}. */
export interface HttpCallOptions {
  /** Ends the request, also while its body is read. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Sends HTTP requests from where an environment is, local or remote. Fails with an RpcError whose code and text are
 * those of the wire; a failing body fails its stream.
 *
 * Source: HTTP and MCP, section 2.1.
 */
export interface HttpClient {
  /** Sends a request and waits for the whole body. */
  request(request: HttpRequest, options?: HttpCallOptions): Promise<HttpResponse>;
  /** Sends a request and returns with the headers; the body follows. */
  requestStream(request: HttpRequest, options?: HttpCallOptions): Promise<HttpStreamResponse>;
}
