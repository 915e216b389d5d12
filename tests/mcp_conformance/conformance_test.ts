import { assert, assertEquals } from "@std/assert";
import { devPackage } from "../support/dev_package.ts";
import { startServer } from "../support/test_server.ts";
import { runScenario } from "./run_scenario.ts";

const suite = await devPackage("@modelcontextprotocol/conformance/dist/index.js");

// the rest is `deno task conformance`
Deno.test({
  name: "MCP conformance: a handshake, a broken stream and a login with a step up pass",
  ignore: suite === undefined,
  fn: async () => {
    await using server = await startServer();
    for (const scenario of ["tools_call", "sse-retry", "auth/scope-step-up"]) {
      const { passed, output } = await runScenario(suite as string, scenario, server.url);
      assert(passed, output);
    }
  },
});

Deno.test({
  name: "MCP conformance: the suite notices a client that cannot reach its executor",
  ignore: suite === undefined,
  fn: async () => {
    assertEquals((await runScenario(suite as string, "tools_call", "ws://127.0.0.1:1")).passed, false);
  },
});
