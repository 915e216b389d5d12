/**
 * The client under test in `deno task conformance`: does what a scenario asks for, with every HTTP request sent by the
 * exec-server in `EXEC_SERVER_URL`.
 *
 * @module
 */
import { connectMcpServer } from "../../client/mcp/mod.ts";
import { type Environment, ExecServerClient, executorFetch, RemoteHttpClient } from "../../client/mod.ts";
import { ScriptedLogin } from "./login.ts";

if (import.meta.main) {
  const scenario = Deno.env.get("MCP_CONFORMANCE_SCENARIO") ?? "";
  const context = JSON.parse(Deno.env.get("MCP_CONFORMANCE_CONTEXT") ?? "{}");
  const url = Deno.args.at(-1) as string;
  await using client = await ExecServerClient.connect(Deno.env.get("EXEC_SERVER_URL") as string, {
    clientName: "conformance",
  });
  const environment = {
    id: "remote",
    isRemote: true,
    http: new RemoteHttpClient(client),
    info: () => Promise.resolve(client.environmentInfo),
  } as Partial<Environment> as Environment;
  const login = new ScriptedLogin(executorFetch(environment.http), context);
  await using session = await connectMcpServer("conformance", { url, environment_id: "remote" }, {
    environments: {
      getEnvironment: () => environment,
      tryLocalEnvironment: () => undefined,
      defaultEnvironment: () => environment,
    },
    capabilities: { elicitation: { form: { applyDefaults: true } } },
    authProvider: login,
    authorization: () => login.authorization(),
    prepare: (mcp) => mcp.setRequestHandler("elicitation/create", () => ({ action: "accept" as const, content: {} })),
    log: (text) => void Deno.stderr.writeSync(new TextEncoder().encode(`${text}\n`)),
  });
  const { tools } = await session.listTools();
  const args: Record<string, Record<string, unknown>> = { add_numbers: { a: 5, b: 3 } };
  if (scenario !== "initialize") {
    for (const { name } of tools) await session.callTool({ name, arguments: args[name] ?? {} });
  }
}
