import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { assert } from "@std/assert";
import { ServerProcess } from "../../support/server_process.ts";
import { serverCommand } from "../../support/test_server.ts";

/** No configuration of the user takes part. */
const NO_CONFIGURATION = { CODEX_HOME: "/nonexistent", CODEX_EXEC_SERVER_URL: "" };

/** Starts `exec-server mcp` on a free port of loopback. */
export function startMcp(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<ServerProcess> {
  const { program, args: start } = serverCommand("--listen", "stdio");
  const own = start.slice(0, start.indexOf("--listen"));
  const all = [...own, "mcp", "--listen", "http://127.0.0.1:0", ...args];
  return ServerProcess.start({ program, args: all, env: { ...NO_CONFIGURATION, ...env } });
}

/** A client of a running server. @param token sent as bearer */
export async function connectHttp(url: string, token?: string): Promise<Client> {
  const client = new Client({ name: "test", version: "1" });
  const headers: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` };
  await client.connect(new StreamableHTTPClientTransport(new URL(url), { requestInit: { headers } }));
  return client;
}

/** A client that starts `exec-server mcp` itself, and ends it when it is closed. */
export async function connectStdio(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<{ client: Client; pid: number }> {
  const { program, args: start } = serverCommand("--listen", "stdio");
  const own = start.slice(0, start.indexOf("--listen"));
  const transport = new StdioClientTransport({
    command: program,
    args: [...own, "mcp", ...args],
    env: { ...Deno.env.toObject(), ...NO_CONFIGURATION, ...env },
    stderr: "inherit",
  });
  const client = new Client({ name: "test", version: "1" });
  await client.connect(transport);
  assert(transport.pid !== null);
  return { client, pid: transport.pid };
}

/** Calls a tool that answers one text. */
export async function callText(client: Client, name: string, args: Record<string, unknown>): Promise<string> {
  const { content } = await client.callTool({ name, arguments: args });
  const [part] = content as { type: string; text?: string }[];
  assert(part?.type === "text" && part.text !== undefined && content.length === 1);
  return part.text;
}

/** The part of an answer that the command wrote. */
export function outputOf(text: string): string {
  return text.slice(text.indexOf("\nOutput:\n") + 9);
}
