import type { HttpHeader } from "../../protocol/mod.ts";
import { McpError } from "./mcp_error.ts";
import type { McpHttpServer } from "./server_config.ts";
import type { AddedHeaders } from "./with_headers.ts";

const NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
// controls but tab, and DEL
// deno-lint-ignore no-control-regex -- that is what is refused
const BAD_VALUE = /[\0-\x08\x0a-\x1f\x7f]/;

/** What the headers of a server depend on. */
export interface ConfiguredHeadersOptions {
  /** For texts. */
  readonly name: string;
  /** The client's environment. */
  readonly variables: Readonly<Record<string, string>>;
  /** Whether the executor reads the variable of the bearer token itself. */
  readonly executorVariables: boolean;
  /** Sent as `user-agent`. */
  readonly userAgent: string;
  /** Is told of headers that cannot be sent. */
  readonly log?: ((text: string) => void) | undefined;
}

/**
 * The headers a server is configured with. Malformed ones are left out; the bearer token of an executor's variable never
 * reaches the client.
 *
 * Source: HTTP and MCP, section 3.2.
 *
 * @throws {McpError} when the variable of the token is not set, or empty
 */
export function configuredHeaders(config: McpHttpServer, options: ConfiguredHeadersOptions): AddedHeaders {
  const { variables, log } = options;
  const headers = new Map<string, HttpHeader>();
  const add = (name: string, value: string) => {
    if (NAME.test(name) && !BAD_VALUE.test(value)) headers.set(name.toLowerCase(), { name: name.toLowerCase(), value });
    else log?.(`MCP server \`${options.name}\`: header \`${name}\` cannot be sent and is left out`);
  };
  add("user-agent", options.userAgent);
  for (const [name, value] of Object.entries(config.headers)) add(name, value);
  for (const [name, variable] of Object.entries(config.variableHeaders)) {
    const value = variables[variable];
    if (value !== undefined && value.trim() !== "") add(name, value);
  }
  return { defaults: [...headers.values()], fixed: bearer(config.bearerTokenVariable, options) };
}

function bearer(variable: string | undefined, options: ConfiguredHeadersOptions): HttpHeader[] {
  if (variable === undefined) return [];
  if (options.executorVariables) return [{ name: "authorization", value: "Bearer ", valueEnvVar: variable }];
  const token = options.variables[variable];
  if (token === undefined) {
    throw new McpError(`environment variable ${variable} for MCP server \`${options.name}\` is not set`);
  }
  if (token === "") throw new McpError(`environment variable ${variable} for MCP server \`${options.name}\` is empty`);
  return [{ name: "authorization", value: `Bearer ${token}` }];
}
