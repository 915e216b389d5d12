import {
  type CallToolResult,
  type McpServerFactory,
  ProtocolError,
  Server,
  type Tool,
} from "@modelcontextprotocol/server";
import type { ToolDefinition, ToolResult, Toolset } from "../../client/tools/mod.ts";
import { VERSION } from "../../server/mod.ts";

const INVALID_PARAMS = -32602;

/** What an MCP server offers. */
export interface ToolServerOptions {
  /** The tools; shared by all connections, sessions of commands included. */
  readonly tools: Toolset;
  /** For the model: where the tools work. */
  readonly instructions: string;
  /** Ends the waiting of calls: they answer with what they have. */
  readonly stop: AbortSignal;
}

/** Makes the MCP server of each connection or request. */
export function toolServerFactory({ tools, instructions, stop }: ToolServerOptions): McpServerFactory {
  return () => {
    const server = new Server({ name: "exec-server", version: VERSION }, { capabilities: { tools: {} }, instructions });
    const definitions = new Map(tools.definitions.map((definition) => [definition.name, describe(definition)]));
    server.setRequestHandler("tools/list", () => ({ tools: [...definitions.values()] }));
    server.setRequestHandler("tools/call", async ({ params }, { mcpReq }) => {
      const signal = AbortSignal.any([mcpReq.signal, stop]);
      if (!definitions.has(params.name)) throw new ProtocolError(INVALID_PARAMS, `Unknown tool: ${params.name}`);
      return encode(await tools.call(params.name, JSON.stringify(params.arguments ?? {}), { signal }));
    });
    return server;
  };
}

function describe({ name, description, parameters, readOnly }: ToolDefinition): Tool {
  return {
    name,
    description,
    inputSchema: structuredClone(parameters) as unknown as Tool["inputSchema"],
    annotations: { readOnlyHint: readOnly, destructiveHint: !readOnly, openWorldHint: false },
  };
}

function encode({ content, isError }: ToolResult): CallToolResult {
  return {
    content: content.map((part) =>
      part.type === "text"
        ? { type: "text", text: part.text }
        : { type: "image", data: part.dataBase64, mimeType: part.mimeType }
    ),
    isError,
  };
}
