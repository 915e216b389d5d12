import { assert, assertEquals } from "@std/assert";
import { devPackage } from "../../support/dev_package.ts";
import { tempDir } from "../../support/temp_dir.ts";
import { startMcp } from "./mcp_process.ts";

const suite = await devPackage("@modelcontextprotocol/conformance/dist/index.js");

/**
 * The server scenarios for a server that has tools of its own. The others call tools, prompts and resources of a certain
 * example server, ask for capabilities that are not announced (logging, completions), or need sessions in HTTP.
 */
const SCENARIOS = ["server-initialize", "ping", "tools-list", "dns-rebinding-protection"];

/** Runs a scenario of `@modelcontextprotocol/conformance` against a server. */
async function runScenario(url: string, scenario: string): Promise<{ passed: boolean; output: string }> {
  await using dir = await tempDir();
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--quiet", suite as string, "server", "--url", url, "--scenario", scenario],
    cwd: dir.path, // it writes results where it is
    stdin: "null",
    env: { NO_COLOR: "1" },
  }).output();
  const output = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
  return { passed: success && /Passed: [1-9]\d*\/\d+, 0 failed, 0 warnings/.test(output), output };
}

Deno.test({
  name: "MCP conformance: our server passes the scenarios for a server with tools",
  ignore: suite === undefined,
  fn: async (t) => {
    await using dir = await tempDir();
    await using server = await startMcp(["--cwd", dir.path]);
    for (const scenario of SCENARIOS) {
      await t.step(scenario, async () => {
        const { passed, output } = await runScenario(server.url, scenario);
        assert(passed, output);
      });
    }
  },
});

Deno.test({
  name: "MCP conformance: the suite notices a server that is none",
  ignore: suite === undefined,
  fn: async () => {
    const url = "http://127.0.0.1:1/mcp"; // nobody listens there
    assertEquals((await runScenario(url, "server-initialize")).passed, false);
  },
});
