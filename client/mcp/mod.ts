/**
 * MCP servers in environments: programs started through `process/start`, and streamable HTTP servers reached from the
 * executor's network. Built on `@modelcontextprotocol/client`, which nothing else of the package loads.
 *
 * @module
 */
export { type ConnectMcpOptions, connectMcpServer } from "./connect_mcp_server.ts";
export { type HttpTransportOptions, streamableHttpTransport } from "./http_transport.ts";
export { McpError } from "./mcp_error.ts";
export { McpSession, type McpSessionOptions } from "./mcp_session.ts";
export { mcpEnvironment, type McpEnvironments } from "./placement.ts";
export { ProcessTransport, type ProcessTransportOptions } from "./process_transport.ts";
export {
  type McpHttpServer,
  type McpServerConfig,
  type McpServerSettings,
  type McpStdioServer,
  type McpVariable,
  parseMcpServer,
} from "./server_config.ts";
export { stdioSpec, type StdioSpecOptions } from "./stdio_spec.ts";
export { type AddedHeaders, withHeaders } from "./with_headers.ts";
