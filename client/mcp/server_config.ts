import { z } from "zod";
import { McpError } from "./mcp_error.ts";

const seconds = z.number().nonnegative();
const strings = z.record(z.string(), z.string());

const shared = {
  name: z.string().optional(),
  startup_timeout_sec: seconds.optional(),
  startup_timeout_ms: z.number().int().nonnegative().optional(),
  tool_timeout_sec: seconds.optional(),
  enabled: z.boolean().optional(),
  required: z.boolean().optional(),
  enabled_tools: z.array(z.string()).optional(),
  disabled_tools: z.array(z.string()).optional(),
  experimental_environment: z.string().optional(),
  environment_id: z.string().optional(),
};
const variable = z.union([z.string(), z.object({ name: z.string(), source: z.string().optional() })]);
const stdio = {
  command: z.string(),
  args: z.array(z.string()).optional(),
  env: strings.optional(),
  env_vars: z.array(variable).optional(),
  cwd: z.string().optional(),
};
const http = {
  url: z.string(),
  bearer_token_env_var: z.string().optional(),
  http_headers: strings.optional(),
  env_http_headers: strings.optional(),
};
const stdioSchema = z.object({ ...shared, ...stdio });
const httpSchema = z.object({ ...shared, ...http });

/** A variable that a stdio server gets from the environment of the client or of the executor. */
export interface McpVariable {
  /** Its name. */
  readonly name: string;
  /** Whose value it is. */
  readonly source: "local" | "remote";
}

/** What both kinds of servers have. */
export interface McpServerSettings {
  /** Environment it runs in or is reached from; absent means where the client is. */
  readonly placement: { readonly environmentId: string } | "local" | "remote";
  /** Bound of connecting and the handshake, ms; default 30 s. */
  readonly startupTimeoutMs: number | undefined;
  /** Bound of a tool call, ms; default 60 s. */
  readonly toolTimeoutMs: number | undefined;
  /** Tools to offer; absent means all. */
  readonly enabledTools: readonly string[] | undefined;
  /** Tools not to offer. */
  readonly disabledTools: readonly string[];
}

/** A program that speaks MCP on its stdin and stdout. */
export interface McpStdioServer extends McpServerSettings {
  /** Tells the kinds apart. */
  readonly kind: "stdio";
  /** Program; looked up where it runs. */
  readonly command: string;
  /** Its arguments. */
  readonly args: readonly string[];
  /** Variables with their values. */
  readonly env: Readonly<Record<string, string>>;
  /** Variables that are passed on. */
  readonly variables: readonly McpVariable[];
  /** Where it runs; required on an executor. */
  readonly cwd: string | undefined;
}

/** A server that speaks MCP over streamable HTTP. */
export interface McpHttpServer extends McpServerSettings {
  /** Tells the kinds apart. */
  readonly kind: "http";
  /** Its endpoint. */
  readonly url: string;
  /** Variable with the bearer token; read by the executor where it can. */
  readonly bearerTokenVariable: string | undefined;
  /** Headers with their values. */
  readonly headers: Readonly<Record<string, string>>;
  /** Headers with the client's variables that hold their values. */
  readonly variableHeaders: Readonly<Record<string, string>>;
}

/** One `[mcp_servers.<name>]`. */
export type McpServerConfig = McpStdioServer | McpHttpServer;

/**
 * Reads one `[mcp_servers.<name>]` table.
 *
 * Source: HTTP and MCP, section 3.1.
 *
 * @param name for texts
 * @throws {McpError} naming what is wrong
 */
export function parseMcpServer(name: string, table: unknown): McpServerConfig {
  if (typeof table !== "object" || table === null || Array.isArray(table)) {
    throw new McpError(`mcp_servers.${name}: expected a table`);
  }
  if ("command" in table) {
    refuseFields(table, http, "stdio");
    const raw = read(name, stdioSchema, table);
    return {
      kind: "stdio",
      ...settings(name, raw),
      command: raw.command,
      args: raw.args ?? [],
      env: raw.env ?? {},
      variables: (raw.env_vars ?? []).map(variableOf),
      cwd: raw.cwd,
    };
  }
  if (!("url" in table)) throw new McpError("invalid transport");
  refuseFields(table, stdio, "streamable_http");
  const raw = read(name, httpSchema, table);
  return {
    kind: "http",
    ...settings(name, raw),
    url: raw.url,
    bearerTokenVariable: raw.bearer_token_env_var,
    headers: raw.http_headers ?? {},
    variableHeaders: raw.env_http_headers ?? {},
  };
}

function refuseFields(table: object, fields: Readonly<Record<string, unknown>>, transport: string): void {
  for (const field of Object.keys(fields)) {
    if (field in table) throw new McpError(`${field} is not supported for ${transport}`);
  }
}

function read<T>(name: string, schema: z.ZodType<T>, table: object): T {
  const result = schema.safeParse(table);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  throw new McpError(["mcp_servers", name, ...issue?.path ?? []].join(".") + `: ${issue?.message}`);
}

type Shared = z.infer<z.ZodObject<typeof shared>>;

function settings(name: string, raw: Shared): McpServerSettings {
  const startup = raw.startup_timeout_sec === undefined ? raw.startup_timeout_ms : raw.startup_timeout_sec * 1000;
  return {
    placement: placementOf(name, raw),
    startupTimeoutMs: startup,
    toolTimeoutMs: raw.tool_timeout_sec === undefined ? undefined : raw.tool_timeout_sec * 1000,
    enabledTools: raw.enabled_tools,
    disabledTools: raw.disabled_tools ?? [],
  };
}

/** Both generations' keys; the newer one wins. */
function placementOf(name: string, raw: Shared): McpServerSettings["placement"] {
  if (raw.environment_id !== undefined) return { environmentId: raw.environment_id };
  const value = raw.experimental_environment ?? "local";
  if (value === "local" || value === "remote") return value;
  throw new McpError(`unsupported experimental_environment \`${value}\` for MCP server \`${name}\``);
}

function variableOf(entry: z.infer<typeof variable>): McpVariable {
  if (typeof entry === "string") return { name: entry, source: "local" };
  const { name, source = "local" } = entry;
  if (source !== "local" && source !== "remote") {
    throw new McpError(`unsupported env_vars source \`${source}\`; expected \`local\` or \`remote\``);
  }
  return { name, source };
}
