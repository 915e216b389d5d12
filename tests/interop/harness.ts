import { fromFileUrl } from "@std/path";
import { exists } from "../support/exists.ts";
import { lines } from "../support/lines.ts";
import type { Combination, ScenarioResult } from "./combination.ts";
import type { Executor } from "./executor.ts";

const HARNESS = new URL("../../../shared/realclient/run.ts", import.meta.url);

/** Whether the full set of scenarios lies beside the repository. */
export function hasHarness(): boolean {
  return exists(HARNESS);
}

/** Runs the scenarios of `../shared/realclient`. */
export async function* runHarness(
  { version, placement }: Combination,
  codex: string,
  { url, command }: Executor,
  scenarios: string,
): AsyncGenerator<ScenarioResult, void, void> {
  const target = command === undefined
    ? ["--server", url ?? "", "--via", placement === "ws toml" ? "toml" : "env"]
    : ["--program", command.program, ...command.args.flatMap((arg) => ["--arg", arg])];
  const dialect = version === "0.169.0" ? "169" : "130";
  const common = ["--codex", codex, "--dialect", dialect, "--scenario", scenarios];
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--quiet", fromFileUrl(HARNESS), ...common, ...target],
    stdin: "null",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  for await (const line of lines(child.stdout)) {
    const [, verdict, name, detail] = /^(PASS|FAIL|SKIP) (\S+) ?(.*)$/.exec(line) ?? [];
    if (verdict === undefined || name === undefined) continue;
    yield { name, verdict: verdict.toLowerCase() as ScenarioResult["verdict"], detail: detail ?? "" };
  }
  const { code } = await child.status;
  if (code > 1) yield { name: "harness", verdict: "fail", detail: `it ended with status ${code}` };
}
