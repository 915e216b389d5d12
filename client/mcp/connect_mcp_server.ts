import type { Client, ClientCapabilities, Implementation, OAuthClientProvider } from "@modelcontextprotocol/client";
import type { ProcessSpec } from "../../protocol/mod.ts";
import type { Environment } from "../environment.ts";
import { configuredHeaders } from "./configured_headers.ts";
import { streamableHttpTransport } from "./http_transport.ts";
import { McpSession, type McpSessionOptions } from "./mcp_session.ts";
import { mcpEnvironment, type McpEnvironments } from "./placement.ts";
import { ProcessTransport } from "./process_transport.ts";
import { type McpHttpServer, type McpServerConfig, type McpStdioServer, parseMcpServer } from "./server_config.ts";
import { stdioSpec } from "./stdio_spec.ts";
import { withHeaders } from "./with_headers.ts";

const CLIENT_INFO: Implementation = { name: "exec-server-mcp-client", version: "0.1.0" };

/** Options of {@linkcode connectMcpServer}. */
export interface ConnectMcpOptions {
  /** Where the server can be placed; an environment manager. */
  readonly environments: McpEnvironments;
  /** The client's environment; default this process's. */
  readonly variables?: Readonly<Record<string, string>>;
  /** Where local stdio servers run that do not say where; default where this process does. */
  readonly fallbackCwd?: string;
  /** Who is calling. */
  readonly clientInfo?: Implementation;
  /** What the client offers; default nothing. */
  readonly capabilities?: ClientCapabilities;
  /** Sets handlers on each of the SDK's clients before it connects. */
  readonly prepare?: (client: Client) => void;
  /** Logs in with OAuth, unless a bearer token or an `authorization` header is configured. */
  readonly authProvider?: OAuthClientProvider;
  /** Waits for the end of a login that {@linkcode authProvider} began; see {@linkcode McpSessionOptions}. */
  readonly authorization?: () => Promise<URLSearchParams>;
  /** Takes what servers write to stderr and what goes wrong without failing a call; no secret is in it. */
  readonly log?: (text: string) => void;
}

/**
 * Connects to a configured MCP server, where its configuration places it: a program is started there, an HTTP server is
 * reached from there.
 *
 * Source: HTTP and MCP, section 3.
 *
 * @param name for texts
 * @param config as {@linkcode parseMcpServer} reads it, or the table it reads
 * @throws {McpError} when the configuration is wrong, or the handshake fails
 * @example
 * ```ts ignore
 * const config = { url: "http://127.0.0.1:3001/mcp", environment_id: "devbox" };
 * await using session = await connectMcpServer("web", config, { environments: manager });
 * console.log(await session.listTools());
 * ```
 */
export async function connectMcpServer(
  name: string,
  config: McpServerConfig | Readonly<Record<string, unknown>>,
  options: ConnectMcpOptions,
): Promise<McpSession> {
  const server = isParsed(config) ? config : parseMcpServer(name, config);
  const environment = mcpEnvironment(name, server, options.environments);
  const transport = server.kind === "stdio"
    ? stdioTransport(server, environment, options)
    : await httpTransport(name, server, environment, options);
  const { enabledTools, disabledTools } = server;
  return await McpSession.connect({
    transport,
    clientInfo: options.clientInfo ?? CLIENT_INFO,
    capabilities: options.capabilities,
    prepare: options.prepare,
    authorization: options.authorization,
    startupTimeoutMs: server.startupTimeoutMs,
    toolTimeoutMs: server.toolTimeoutMs,
    offers: (tool) => (enabledTools?.includes(tool) ?? true) && !disabledTools.includes(tool),
    log: options.log,
  });
}

function stdioTransport(
  server: McpStdioServer,
  { exec, isRemote }: Environment,
  options: ConnectMcpOptions,
): McpSessionOptions["transport"] {
  const { variables = Deno.env.toObject(), fallbackCwd = Deno.cwd(), log } = options;
  const spec = () => stdioSpec(server, { isRemote, variables, fallbackCwd });
  // what is wrong with it is not a failed handshake
  let first: ProcessSpec | undefined = spec();
  return () => {
    const next = first ?? spec();
    first = undefined;
    return new ProcessTransport(exec, next, { gracefully: !isRemote, ...(log && { log }) });
  };
}

async function httpTransport(
  name: string,
  server: McpHttpServer,
  environment: Environment,
  options: ConnectMcpOptions,
): Promise<McpSessionOptions["transport"]> {
  const { variables = Deno.env.toObject(), clientInfo = CLIENT_INFO, log } = options;
  const executorVariables = server.bearerTokenVariable !== undefined && environment.isRemote &&
    (await environment.info()).capabilities?.httpHeaderEnvVars === true;
  const headers = configuredHeaders(server, {
    name,
    variables,
    executorVariables,
    userAgent: `${clientInfo.name}/${clientInfo.version}`,
    log,
  });
  const authorized = headers.fixed.length > 0 || headers.defaults.some((header) => header.name === "authorization");
  const authProvider = authorized ? undefined : options.authProvider;
  const http = withHeaders(environment.http, headers);
  return () => streamableHttpTransport(server.url, http, { authProvider });
}

function isParsed(config: McpServerConfig | Readonly<Record<string, unknown>>): config is McpServerConfig {
  return "kind" in config && "placement" in config;
}
