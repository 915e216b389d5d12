import { settledWithin } from "../../protocol/mod.ts";
import {
  type CallToolRequest,
  type CallToolResult,
  Client,
  type ClientCapabilities,
  type Implementation,
  type ListToolsResult,
  type RequestOptions,
  SdkHttpError,
  type StreamableHTTPClientTransport,
  type Transport,
  UnauthorizedError,
} from "@modelcontextprotocol/client";
import { McpError } from "./mcp_error.ts";
import { retryTransient } from "./transient.ts";

const STARTUP_TIMEOUT_MS = 30_000, TOOL_TIMEOUT_MS = 60_000, DELETE_TIMEOUT_MS = 5_000;

/** Options of {@linkcode McpSession.connect}. */
export interface McpSessionOptions {
  /** Makes a transport; again when the session expired. */
  readonly transport: () => Transport;
  /** Who is calling. */
  readonly clientInfo: Implementation;
  /** What the client offers; default nothing. */
  readonly capabilities?: ClientCapabilities | undefined;
  /** Sets handlers on each client before it connects. */
  readonly prepare?: ((client: Client) => void) | undefined;
  /** Bound of connecting with all its attempts, ms; default 30 s. */
  readonly startupTimeoutMs?: number | undefined;
  /** Bound of a tool call, ms; default 60 s. */
  readonly toolTimeoutMs?: number | undefined;
  /** Which tools are offered; default all. */
  readonly offers?: ((tool: string) => boolean) | undefined;
  /**
   * Waits for the end of the login that the transport's auth provider began, once for each refusal; without it a server
   * that wants a login is an error.
   *
   * @returns the parameters of the redirect to the client, with the code
   */
  readonly authorization?: (() => Promise<URLSearchParams>) | undefined;
  /** Takes what goes wrong without failing a call. */
  readonly log?: ((text: string) => void) | undefined;
}

interface Connected {
  readonly client: Client;
  readonly transport: Transport;
}

/**
 * An MCP session that survives its expiry: a server that has forgotten it (404) gets a new handshake, once for all who
 * were told, and the request again, once. Nothing else is repeated, but for `initialize` and `tools/list` after failures
 * that pass.
 *
 * Source: HTTP and MCP, sections 3.3 and 3.4.
 *
 * @example
 * ```ts ignore
 * await using session = await McpSession.connect({ transport, clientInfo: { name: "example", version: "1" } });
 * const { tools } = await session.listTools();
 * const result = await session.callTool({ name: "echo", arguments: { message: "hello" } });
 * ```
 */
export class McpSession implements AsyncDisposable {
  readonly #options: McpSessionOptions;
  #connected: Connected;
  #recovering: Promise<Connected> | undefined;
  #loggingIn: Promise<void> | undefined;
  #closing: Promise<void> | undefined;

  private constructor(options: McpSessionOptions, connected: Connected) {
    this.#options = options;
    this.#connected = connected;
  }

  /** Connects and shakes hands. @throws {McpError} when that fails or takes too long */
  static async connect(options: McpSessionOptions): Promise<McpSession> {
    return new McpSession(options, await handshake(options));
  }

  /** The SDK's client of the current session; another one after an expiry. */
  get client(): Client {
    return this.#connected.client;
  }

  /** All tools on offer. */
  async listTools(options: RequestOptions = {}): Promise<ListToolsResult> {
    const timeout = options.timeout ?? this.#options.startupTimeoutMs ?? STARTUP_TIMEOUT_MS;
    const signal = options.signal === undefined
      ? AbortSignal.timeout(timeout)
      : AbortSignal.any([options.signal, AbortSignal.timeout(timeout)]);
    const result = await retryTransient(
      () => this.run((client) => client.listTools(undefined, { ...options, timeout, signal })),
      signal,
    );
    const { offers } = this.#options;
    return offers === undefined ? result : { ...result, tools: result.tools.filter(({ name }) => offers(name)) };
  }

  /** Calls a tool. It is repeated only for a server that has forgotten the session, and so has not run it. */
  async callTool(params: CallToolRequest["params"], options: RequestOptions = {}): Promise<CallToolResult> {
    if (this.#options.offers?.(params.name) === false) throw new McpError(`tool \`${params.name}\` is not enabled`);
    const timeout = options.timeout ?? this.#options.toolTimeoutMs ?? TOOL_TIMEOUT_MS;
    return await this.run((client) => client.callTool(params, { ...options, timeout })) as CallToolResult;
  }

  /** Runs any request, twice when the session expired before the first, or when the first needed a login. */
  async run<T>(operation: (client: Client) => Promise<T>): Promise<T> {
    const used = this.#connected;
    try {
      return await operation(used.client);
    } catch (error) {
      if (this.#closing !== undefined) throw error;
      if (isExpired(error)) await this.#recover(used);
      else if (needsLogin(error, this.#options)) await this.#logIn(used);
      else throw error;
      return await operation(this.#connected.client);
    }
  }

  /** Ends the session at the server, waiting for that at most 5 s, and the connection. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  /** Same as {@linkcode close}. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    await this.#recovering?.catch(() => {});
    await end(this.#connected, this.#options);
  }

  /** The session after the expired one; whoever comes later gets the same. */
  #recover(expired: Connected): Promise<Connected> {
    if (this.#connected !== expired) return Promise.resolve(this.#connected);
    this.#recovering ??= this.#replace(expired).finally(() => this.#recovering = undefined);
    return this.#recovering;
  }

  /** Whoever is refused meanwhile waits for the same login. */
  #logIn(refused: Connected): Promise<void> {
    this.#loggingIn ??= finishLogin(refused.transport, this.#options).finally(() => this.#loggingIn = undefined);
    return this.#loggingIn;
  }

  async #replace(expired: Connected): Promise<Connected> {
    const connected = await handshake(this.#options);
    this.#connected = connected;
    // the server may still know some of it; nobody waits for that
    end(expired, this.#options);
    return connected;
  }
}

async function handshake(options: McpSessionOptions): Promise<Connected> {
  try {
    try {
      return await attemptHandshake(options);
    } catch (error) {
      if (!(error instanceof RefusedHandshake)) throw error;
      // people take their time to log in; then the time runs anew
      await finishLogin(error.transport, options);
      return await attemptHandshake(options);
    }
  } catch (error) {
    if (error instanceof HandshakeTimeout) throw error;
    const cause = error instanceof Error ? error.message : String(error);
    throw new McpError(`handshaking with MCP server failed: ${cause}`, { cause: error });
  }
}

async function attemptHandshake(options: McpSessionOptions): Promise<Connected> {
  const timeout = options.startupTimeoutMs ?? STARTUP_TIMEOUT_MS;
  const signal = AbortSignal.timeout(timeout);
  try {
    return await retryTransient(() => connectTo(options.transport(), options, timeout, signal), signal);
  } catch (error) {
    if (!signal.aborted || error instanceof RefusedHandshake) throw error;
    throw new HandshakeTimeout(`timed out handshaking with MCP server after ${duration(timeout)}`);
  }
}

async function connectTo(
  transport: Transport,
  options: McpSessionOptions,
  timeout: number,
  signal: AbortSignal,
): Promise<Connected> {
  const client = new Client(options.clientInfo, { capabilities: options.capabilities ?? {} });
  client.onerror = (error) => options.log?.(`MCP: ${error.message}`);
  options.prepare?.(client);
  try {
    await client.connect(transport, { timeout, signal });
    return { client, transport };
  } catch (error) {
    await transport.close().catch(() => {});
    if (needsLogin(error, options)) throw new RefusedHandshake(transport, { cause: error });
    throw error;
  }
}

class HandshakeTimeout extends McpError {}

/** The server wants a login that the transport has begun. */
class RefusedHandshake extends McpError {
  readonly transport: Transport;

  constructor(transport: Transport, options: ErrorOptions) {
    super("the MCP server wants a login", options);
    this.transport = transport;
  }
}

function needsLogin(error: unknown, { authorization }: McpSessionOptions): boolean {
  return error instanceof UnauthorizedError && authorization !== undefined;
}

async function finishLogin(transport: Transport, { authorization }: McpSessionOptions): Promise<void> {
  const parameters = await authorization?.();
  if (parameters !== undefined) await (transport as StreamableHTTPClientTransport).finishAuth(parameters);
}

/** Tells the server, then closes; a server that does not answer holds nobody up for long. */
async function end({ client, transport }: Connected, { log }: McpSessionOptions): Promise<void> {
  const { terminateSession } = transport as Partial<StreamableHTTPClientTransport>;
  if (terminateSession !== undefined) {
    const terminated = terminateSession.call(transport).catch((error: Error) => {
      log?.(`MCP: the session was not ended at the server: ${error.message}`);
    });
    await settledWithin(terminated, DELETE_TIMEOUT_MS);
  }
  await client.close();
}

/** A server that was sent its session id and answers 404 has forgotten the session (section 3.2). */
function isExpired(error: unknown): boolean {
  return error instanceof SdkHttpError && error.status === 404;
}

function duration(ms: number): string {
  return ms % 1000 === 0 || ms > 1000 ? `${ms / 1000}s` : `${ms}ms`;
}
