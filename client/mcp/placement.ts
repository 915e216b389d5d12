import type { Environment } from "../environment.ts";
import { McpError } from "./mcp_error.ts";
import type { McpServerConfig } from "./server_config.ts";

/** Where MCP servers can be placed; an environment manager has this. */
export interface McpEnvironments {
  /** An environment by id. */
  getEnvironment(id: string): Environment | undefined;
  /** Where the client is, unless it does without. */
  tryLocalEnvironment(): Environment | undefined;
  /** The environment that is used when none is named. */
  defaultEnvironment(): Environment | undefined;
}

/**
 * The environment an MCP server runs in or is reached from.
 *
 * Source: HTTP and MCP, section 3.1.
 *
 * @param name for texts
 * @throws {McpError} in the original's words
 */
export function mcpEnvironment(name: string, config: McpServerConfig, environments: McpEnvironments): Environment {
  const { placement } = config;
  if (typeof placement === "object") {
    const chosen = environments.getEnvironment(placement.environmentId);
    if (chosen !== undefined) return chosen;
    throw new McpError(`MCP server \`${name}\` references unknown environment id \`${placement.environmentId}\``);
  }
  if (placement === "remote") {
    const chosen = environments.defaultEnvironment();
    if (chosen?.isRemote) return chosen;
    // the id of the environment that CODEX_EXEC_SERVER_URL names
    const remote = environments.getEnvironment("remote");
    if (remote?.isRemote) return remote;
    throw new McpError(`remote MCP server \`${name}\` requires a remote environment`);
  }
  const local = environments.tryLocalEnvironment();
  if (local !== undefined) return local;
  const kind = config.kind === "stdio" ? "stdio MCP server" : "MCP server";
  throw new McpError(`local ${kind} \`${name}\` requires a local environment`);
}
