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
  const root = await Deno.makeTempDir({ prefix: "interop-" });
  const [home, workspace, user, temporary] = ["home", "workspace", "user", "tmp"].map((name) => `${root}/${name}`);
  for (const folder of [home, workspace, user, temporary]) await Deno.mkdir(`${folder}`);
  await using model = new MockModel([
    [MockModel.functionCall("exec", "exec_command", { cmd: COMMAND, login: false })],
    [MockModel.customCall("patch", "apply_patch", PATCH)],
  ]);
  await Deno.writeTextFile(`${workspace}/given.txt`, "from the file\n");
  await Deno.writeTextFile(`${home}/config.toml`, configToml(model.url));
  const toml = environmentsToml(executor);
  if (placement !== "ws env") await Deno.writeTextFile(`${home}/environments.toml`, toml);
  const { code, success, stderr } = await new Deno.Command(codex, {
    args: ["exec", "--skip-git-repo-check", "--json", "Run the scripted steps."],
    cwd: `${workspace}`,
    clearEnv: true,
    env: {
      PATH: Deno.env.get("PATH") ?? "/usr/bin:/bin",
      HOME: `${user}`,
      TMPDIR: `${temporary}`, // must not be above CODEX_HOME
      CODEX_HOME: `${home}`,
      MOCK_KEY: "none",
      // what tries to leave the machine is refused at once
      HTTPS_PROXY: "http://127.0.0.1:9",
      HTTP_PROXY: "http://127.0.0.1:9",
      NO_PROXY: "127.0.0.1",
      ...placement === "ws env" ? { CODEX_EXEC_SERVER_URL: executor.url ?? "" } : {},
    },
    stdin: "null",
    stdout: "null",
    stderr: "piped",
    signal: AbortSignal.timeout(TIME_LIMIT_MS),
  }).output();
  const made = await Deno.readTextFile(`${workspace}/made.txt`).catch(() => undefined);
  await Deno.remove(root, { recursive: true });
  const exec = model.outputs.get("exec") ?? "", patch = model.outputs.get("patch") ?? "";
  const lastLines = new TextDecoder().decode(stderr).trim().split("\n").slice(-3).join(" | ");
  yield result("codex_exit", success, `status ${code}: ${lastLines}`);
  const complete = ["from the file", `on-${MARK.value}`, "err", "exited with code 3"].every((part) =>
    exec.includes(part)
  );
  yield result("exec_command", complete, JSON.stringify(exec));
  yield result("apply_patch", made === "by the patch\n", JSON.stringify(patch));
}

function result(name: string, passed: boolean, detail: string): ScenarioResult {
  return { name, verdict: passed ? "pass" : "fail", detail: passed ? "" : detail };
}

function configToml(modelUrl: string): string {
  return `model = "gpt-5.5"
model_provider = "mock"
approval_policy = "never"
sandbox_mode = "danger-full-access"
check_for_update_on_startup = false
[analytics]
enabled = false
[feedback]
enabled = false
[model_providers.mock]
name = "mock"
base_url = "${modelUrl}"
wire_api = "responses"
env_key = "MOCK_KEY"
request_max_retries = 0
stream_max_retries = 0
[features]
plugins = false
apps = false
enable_request_compression = false
`;
}

function environmentsToml({ url, command }: Executor): string {
  const where = command === undefined
    ? `url = ${JSON.stringify(url)}`
    : `program = ${JSON.stringify(command.program)}\nargs = ${JSON.stringify(command.args)}`;
  return `default = "remote"\n[[environments]]\nid = "remote"\n${where}\n`;
}
