import { Command } from "@commander-js/extra-typings";
import type { EnvironmentManager } from "../../client/mod.ts";
import { configuredEnvironments } from "../choose_environment.ts";
import { checkEnvironment, describeTarget } from "../environment_report.ts";
import { printLine } from "../standard_output.ts";

/** `env`: the configured environments. @param ended takes the exit status */
export function envCommand(ended: (status: number) => void) {
  return new Command("env")
    .description("Shows the environments of environments.toml, or of CODEX_EXEC_SERVER_URL.")
    .addHelpText(
      "after",
      `
They are read from environments.toml (or environments.jsonc) in CODEX_HOME, which is ~/.codex when it is not set. Without
such a file, CODEX_EXEC_SERVER_URL names the only one; without both it is this machine. CODEX_EXEC_SERVER_NOISE_REGISTRY_URL,
CODEX_EXEC_SERVER_NOISE_ENVIRONMENT_ID and CODEX_EXEC_SERVER_NOISE_AUTH_TOKEN name one at a registry, before all of them.

Exit status: 0; 1 when the configuration is wrong, or "check" did not reach every environment; 2 for wrong usage.`,
    )
    .addCommand(
      new Command("list")
        .description("Lists them and what each one is; * marks the default. Nothing is connected.")
        .option("--json", "one line of JSON for each")
        .action((flags) => list(flags.json === true)),
    )
    .addCommand(
      new Command("check")
        .description("Connects to each and tells what it is, or why it is not reached.")
        .option("--json", "one line of JSON for each")
        .argument("[ID...]", "environments; default all")
        .action(async (ids, flags) => ended(await check(ids, flags.json === true))),
    );
}

async function list(json: boolean): Promise<void> {
  await using manager = await configuredEnvironments();
  const width = widthOf(manager.environmentIds);
  for (const id of manager.environmentIds) {
    const environment = environmentOf(manager, id);
    const isDefault = id === manager.defaultEnvironmentId;
    const { isRemote } = environment;
    const target = describeTarget(environment);
    if (json) await printLine(JSON.stringify({ id, default: isDefault, isRemote, target }));
    else await printLine(`${isDefault ? "*" : " "} ${id.padEnd(width)}  ${target}`);
  }
}

async function check(asked: readonly string[], json: boolean): Promise<number> {
  await using manager = await configuredEnvironments();
  const ids = asked.length > 0 ? asked : manager.environmentIds;
  const environments = ids.map((id) => environmentOf(manager, id));
  const width = widthOf(ids);
  let reached = true;
  // all at once, told in their order
  for (const result of environments.map(checkEnvironment)) {
    const { id, reachable, detail, tookMs } = await result;
    reached &&= reachable;
    if (json) await printLine(JSON.stringify({ id, reachable, detail, tookMs }));
    else await printLine(`${id.padEnd(width)}  ${reachable ? `ready in ${tookMs} ms` : "not reached"}: ${detail}`);
  }
  return reached ? 0 : 1;
}

function environmentOf(manager: EnvironmentManager, id: string) {
  const environment = manager.getEnvironment(id);
  if (environment === undefined) {
    throw new Error(`unknown environment \`${id}\`; configured: ${manager.environmentIds.join(", ") || "none"}`);
  }
  return environment;
}

function widthOf(ids: readonly string[]): number {
  return Math.max(0, ...ids.map((id) => id.length));
}
