import { assertEquals } from "@std/assert";
import { connectMcpServer } from "../../../client/mcp/mod.ts";
import { EnvironmentManager, environmentUrl } from "../../../client/mod.ts";
import { startExecutor, startRegistry } from "../../server/registry/support.ts";
import { startServer } from "../../support/test_server.ts";
import { mcpHttpDouble } from "./mcp_http_double.ts";

const STDIO = `
read -r line
echo '{"jsonrpc":"2.0","id":0,"result":{"protocolVersion":"2025-06-18","capabilities":{"tools":{}},"serverInfo":{"name":"s","version":"1"}}}'
read -r line; read -r call
echo '{"jsonrpc":"2.0","id":1,"result":{"content":[{"type":"text","text":"over stdio"}]}}'
read -r end`;
const stdio = { command: "/bin/sh", args: ["-c", STDIO], cwd: "/" };
const text = (value: string) => ({ content: [{ type: "text" as const, text: value }] });

/** A program started there, and a server reached from there. */
async function exercise(environments: EnvironmentManager, placement: Record<string, string>): Promise<void> {
  await using double = mcpHttpDouble();
  await using program = await connectMcpServer("program", { ...stdio, ...placement }, { environments });
  assertEquals(await program.callTool({ name: "t" }), text("over stdio"));
  await using web = await connectMcpServer("web", { url: double.url, ...placement }, { environments });
  assertEquals(await web.callTool({ name: "echo", arguments: { a: 1 } }), text('{"a":1}'));
}

Deno.test("MCP: servers are placed in the environments of a manager, by either generation's key", async () => {
  await using server = await startServer();
  await using manager = await EnvironmentManager.fromEnv({ variables: { CODEX_EXEC_SERVER_URL: server.url } });
  await exercise(manager, { experimental_environment: "remote" });
  await exercise(manager, { environment_id: "remote" });
});

Deno.test("MCP: servers run in an environment behind a registry", async () => {
  await using registry = await startRegistry();
  await using _executor = await startExecutor(registry.url, "environment");
  await using manager = EnvironmentManager.withoutEnvironments();
  manager.upsertEnvironment("far", await environmentUrl("e1", { registryUrl: registry.url, bearerToken: "alice" }));
  await exercise(manager, { environment_id: "far" });
});
