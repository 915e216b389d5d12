import { fromFileUrl } from "@std/path";
import { tempDir } from "../support/temp_dir.ts";

/** How a scenario ended. */
export interface ScenarioResult {
  readonly passed: boolean;
  /** Everything that was printed. */
  readonly output: string;
}

/** Runs one client scenario of the suite against our client. @param suite its program; @param serverUrl our server */
export async function runScenario(suite: string, scenario: string, serverUrl: string): Promise<ScenarioResult> {
  await using results = await tempDir();
  const driver = fromFileUrl(new URL("driver.ts", import.meta.url));
  const config = fromFileUrl(new URL("../../deno.json", import.meta.url));
  const command = `${Deno.execPath()} run -A --quiet --config ${config} ${driver}`;
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--quiet", suite, "client", "--command", command, "--scenario", scenario, "-o", results.path],
    env: { EXEC_SERVER_URL: serverUrl, NO_COLOR: "1" },
    stdin: "null",
  }).output();
  return { passed: success, output: new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr) };
}
