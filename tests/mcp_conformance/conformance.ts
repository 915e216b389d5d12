// deno-lint-ignore-file no-console -- a command line tool
/**
 * Runs the client scenarios of `@modelcontextprotocol/conformance` with our MCP client and all HTTP going through our
 * server: `deno task conformance [scenario...]`. Exits with 1 when one fails.
 *
 * @module
 */
import { devPackage } from "../support/dev_package.ts";
import { startServer } from "../support/test_server.ts";
import { runScenario } from "./run_scenario.ts";
import { SCENARIOS } from "./scenarios.ts";

if (import.meta.main) {
  const suite = await devPackage("@modelcontextprotocol/conformance/dist/index.js");
  if (suite === undefined) throw new Error("The conformance suite is not installed and cannot be");
  await using server = await startServer();
  const chosen = Deno.args.length === 0 ? SCENARIOS : Deno.args;
  let failed = 0;
  for (const scenario of chosen) {
    const { passed, output } = await runScenario(suite, scenario, server.url);
    console.log(`${passed ? "pass" : "FAIL"} ${scenario}`);
    if (passed) continue;
    failed++;
    console.log(output);
  }
  console.log(`\n${chosen.length - failed} of ${chosen.length} scenarios passed`);
  Deno.exitCode = failed === 0 ? 0 : 1;
}
