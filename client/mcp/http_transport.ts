import {
  isJSONRPCRequest,
  isJSONRPCResponse,
  type JSONRPCMessage,
  type OAuthClientProvider,
  type RequestId,
  StreamableHTTPClientTransport,
} from "@modelcontextprotocol/client";
import type { HttpClient } from "../../protocol/mod.ts";
import { executorFetch } from "../executor_fetch.ts";

/** The server's stream is asked for again without end, as the original does, but not more often than this. */
const RECONNECTION = {
  initialReconnectionDelay: 1_000,
  maxReconnectionDelay: 30_000,
  reconnectionDelayGrowFactor: 2,
  maxRetries: Number.MAX_SAFE_INTEGER,
};
const CONNECTION_CLOSED = -32000;

/** Options of {@linkcode streamableHttpTransport}. */
export interface HttpTransportOptions {
  /** Logs in with OAuth; its requests go the same way. */
  readonly authProvider?: OAuthClientProvider | undefined;
}

/**
 * MCP over streamable HTTP, with every request sent by the `HttpClient`: from here or from an executor's network.
 *
 * Source: HTTP and MCP, section 3.2.
 */
export function streamableHttpTransport(
  url: string | URL,
  http: HttpClient,
  { authProvider }: HttpTransportOptions = {},
): StreamableHTTPClientTransport {
  return new AnsweringTransport(new URL(url), {
    fetch: executorFetch(http),
    reconnectionOptions: RECONNECTION,
    ...(authProvider && { authProvider }),
  });
}

type SendOptions = Parameters<StreamableHTTPClientTransport["send"]>[1];

/** Fails a request whose stream of answers broke, where the SDK's own lets it wait for its timeout. */
class AnsweringTransport extends StreamableHTTPClientTransport {
  /** Requests that have no answer yet. */
  readonly #open = new Set<RequestId>();
  #broken = "it ended";

  override start(): Promise<void> {
    const deliver = this.onmessage, report = this.onerror;
    this.onmessage = (message) => {
      if (isJSONRPCResponse(message) && message.id !== undefined) this.#open.delete(message.id);
      deliver?.(message);
    };
    this.onerror = (error) => {
      this.#broken = error.message;
      report?.(error);
    };
    return super.start();
  }

  override async send(message: JSONRPCMessage | JSONRPCMessage[], options?: SendOptions): Promise<void> {
    if (Array.isArray(message) || !isJSONRPCRequest(message)) return await super.send(message, options);
    const { id } = message;
    this.#open.add(id);
    const onRequestStreamEnd = () => {
      options?.onRequestStreamEnd?.();
      if (!this.#open.has(id)) return;
      const text = `the MCP server did not answer before its stream ended: ${this.#broken}`;
      this.onmessage?.({ jsonrpc: "2.0", id, error: { code: CONNECTION_CLOSED, message: text } });
    };
    try {
      await super.send(message, { ...options, onRequestStreamEnd });
    } catch (error) {
      this.#open.delete(id);
      throw error;
    }
  }
}
