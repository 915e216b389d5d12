import { CodexSession } from "./codex_session.ts";
import type { Combination, ScenarioResult } from "./combination.ts";
import { type Executor, MARK } from "./executor.ts";
import { MockModel } from "./mock_model.ts";

const COMMAND = `cat given.txt; echo on-$${MARK.name}; echo err >&2; exit 3`;
const TIME_LIMIT_MS = 40_000;
const PATCH = "*** Begin Patch\n*** Add File: made.txt\n+by the patch\n*** End Patch";

/**
 * The smallest real session, for a clone without `../shared`: codex runs a command and applies a patch, both through
 * the server under test.
 */
export async function* runOwnDriver(
  { placement }: Combination,
  codex: string,
  executor: Executor,
): AsyncGenerator<ScenarioResult, void, void> {
  await using model = new MockModel([
    [MockModel.functionCall("exec", "exec_command", { cmd: COMMAND, login: false })],
    [MockModel.customCall("patch", "apply_patch", PATCH)],
  ]);
  await using session = await CodexSession.prepare(codex, model.url);
  await Deno.writeTextFile(`${session.workspace}/given.txt`, "from the file\n");
  if (placement !== "ws env") await session.configureEnvironments(environmentsToml(executor));
  const env = placement === "ws env" ? { CODEX_EXEC_SERVER_URL: executor.url ?? "" } : {};
  const { code, success, stderr } = await session.run({ env, timeLimitMs: TIME_LIMIT_MS });
  const made = await Deno.readTextFile(`${session.workspace}/made.txt`).catch(() => undefined);
  const exec = model.outputs.get("exec") ?? "", patch = model.outputs.get("patch") ?? "";
  yield result("codex_exit", success, `status ${code}: ${stderr.trim().split("\n").slice(-3).join(" | ")}`);
  const complete = ["from the file", `on-${MARK.value}`, "err", "exited with code 3"].every((part) =>
    exec.includes(part)
  );
  yield result("exec_command", complete, JSON.stringify(exec));
  yield result("apply_patch", made === "by the patch\n", JSON.stringify(patch));
}

function result(name: string, passed: boolean, detail: string): ScenarioResult {
  return { name, verdict: passed ? "pass" : "fail", detail: passed ? "" : detail };
}

function environmentsToml({ url, command }: Executor): string {
  const where = command === undefined
    ? `url = ${JSON.stringify(url)}`
    : `program = ${JSON.stringify(command.program)}\nargs = ${JSON.stringify(command.args)}`;
  return `default = "remote"\n[[environments]]\nid = "remote"\n${where}\n`;
}
