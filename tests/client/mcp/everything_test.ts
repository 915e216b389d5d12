import { assert, assertEquals } from "@std/assert";
import { connectMcpServer, type McpSession } from "../../../client/mcp/mod.ts";
import { devPackage } from "../../support/dev_package.ts";
import { lines } from "../../support/lines.ts";
import { PLACES } from "./placements.ts";

const program = await devPackage("@modelcontextprotocol/server-everything/dist/index.js");
const ignore = program === undefined;

/** What every MCP client can expect of the reference server. */
async function exercise(session: McpSession): Promise<void> {
  const { tools } = await session.listTools();
  assert(tools.length >= 10, `${tools.length} tools`);
  const text = async (name: string, args: Record<string, unknown>) => {
    const { content } = await session.callTool({ name, arguments: args });
    return (content[0] as { text: string }).text;
  };
  assertEquals(await text("echo", { message: "grüße 👋" }), "Echo: grüße 👋");
  assertEquals(await text("get-sum", { a: 2, b: 40 }), "The sum of 2 and 40 is 42.");
  const long = "x".repeat(1_000_000);
  assertEquals(await text("echo", { message: long }), `Echo: ${long}`);
  const progress: number[] = [];
  const slow = { name: "trigger-long-running-operation", arguments: { duration: 0.3, steps: 3 } };
  await session.callTool(slow, { onprogress: (step) => progress.push(step.progress) });
  assertEquals(progress, [1, 2, 3]);
  const { resources } = await session.run((client) => client.listResources());
  assert(resources.length > 0);
}

/** A port that was free a moment ago: the server takes no 0. */
function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

/** The server over HTTP, once it listens. */
async function startHttp(): Promise<{ url: string } & AsyncDisposable> {
  const port = freePort();
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--quiet", program as string, "streamableHttp"],
    env: { PORT: `${port}` },
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).spawn();
  const output = lines(child.stderr)[Symbol.asyncIterator]();
  const said: string[] = [];
  while (!said.at(-1)?.includes("listening")) {
    const { value, done } = await output.next();
    if (done) throw new Error(`The server did not start: ${said.join("\n")}`);
    said.push(value);
  }
  const rest = (async () => {
    while (!(await output.next()).done);
  })();
  return {
    url: `http://127.0.0.1:${port}/mcp`,
    [Symbol.asyncDispose]: async () => {
      child.kill("SIGKILL");
      await child.status;
      await rest;
    },
  };
}

for (const placeName of ["local", "remote"] as const) {
  Deno.test({
    name: `server-everything over stdio, ${placeName}`,
    ignore,
    fn: async () => {
      await using place = await PLACES[placeName]();
      const config = {
        command: Deno.execPath(),
        args: ["run", "-A", "--quiet", program, "stdio"],
        env: { LIT: "literal" },
        env_vars: ["FORWARDED"],
        cwd: "/",
        environment_id: placeName,
      };
      const variables = { ...Deno.env.toObject(), FORWARDED: "f", NOT_FORWARDED: "n" };
      await using session = await connectMcpServer("everything", config, {
        environments: place.environments,
        variables,
      });
      await exercise(session);
      const { content } = await session.callTool({ name: "get-env" });
      const seen = JSON.parse((content[0] as { text: string }).text) as Record<string, string>;
      assertEquals([seen.LIT, seen.FORWARDED, seen.NOT_FORWARDED], ["literal", "f", undefined]);
    },
  });

  Deno.test({
    name: `server-everything over streamable HTTP, ${placeName}`,
    ignore,
    fn: async () => {
      await using server = await startHttp();
      await using place = await PLACES[placeName]();
      const config = { url: server.url, environment_id: placeName };
      await using session = await connectMcpServer("everything", config, { environments: place.environments });
      await exercise(session);
    },
  });
}
