import type { Environment } from "../../client/mod.ts";
import type { SelectedEnvironment } from "../../client/tools/mod.ts";
import { chooseEnvironment, configuredEnvironments } from "../choose_environment.ts";
import { sandboxOf } from "../sandbox_option.ts";
import { workingDirectory } from "../working_directory.ts";

/** The profile of who asks for none. */
const NO_SANDBOX = "danger-full-access";

/** Which environments tools work on, and how. */
export interface SelectionFlags {
  /** `--url`. */
  readonly url?: string | undefined;
  /** `--bearer-token-env`. */
  readonly bearerTokenEnv?: string | undefined;
  /** `--env`, the primary one first. */
  readonly env: readonly string[];
  /** `--cwd`: `DIR` for all, `ID=DIR` for one. */
  readonly cwd: readonly string[];
  /** `--sandbox`. */
  readonly sandbox: string;
}

/** Selected environments; disposing them ends connections and what runs on this machine. */
export interface Selection extends AsyncDisposable {
  /** The primary one first. */
  readonly environments: readonly SelectedEnvironment[];
}

/**
 * Finds the environments of the flags: `--url`; or every `--env` among the configured ones; or all that a conversation
 * starts with. They are connected, to learn where to work.
 *
 * @throws {Error} naming what was asked for and what there is
 */
export async function selectEnvironments(flags: SelectionFlags): Promise<Selection> {
  await using stack = new AsyncDisposableStack();
  const chosen = await find(flags, stack);
  const directories = readDirectories(flags.cwd, chosen);
  const environments: SelectedEnvironment[] = [];
  for (const environment of chosen) {
    const cwd = await workingDirectory(environment, directories.get(environment.id) ?? directories.get(""));
    const sandbox = flags.sandbox === NO_SANDBOX ? undefined : await sandboxOf(flags.sandbox, cwd);
    environments.push({ environment, cwd, sandbox });
  }
  const kept = stack.move();
  return { environments, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}

async function find(flags: SelectionFlags, stack: AsyncDisposableStack): Promise<Environment[]> {
  if (flags.url !== undefined || flags.bearerTokenEnv !== undefined) {
    const { url, bearerTokenEnv } = flags;
    return [stack.use(await chooseEnvironment({ url, bearerTokenEnv })).environment];
  }
  const manager = stack.use(await configuredEnvironments());
  const ids = flags.env.length > 0 ? flags.env : manager.defaultEnvironmentIds();
  const there = manager.environmentIds.join(", ") || "none";
  if (ids.length === 0) throw new Error(`no default environment is configured; name one with --env (${there})`);
  return ids.map((id, i) => {
    const environment = manager.getEnvironment(id);
    if (environment === undefined) throw new Error(`unknown environment \`${id}\`; configured: ${there}`);
    if (ids.indexOf(id) !== i) throw new Error(`environment \`${id}\` is named twice`);
    return environment;
  });
}

/** Directories by id; "" for all others. */
function readDirectories(values: readonly string[], chosen: readonly Environment[]): Map<string, string> {
  const directories = new Map<string, string>();
  for (const value of values) {
    const [, id = "", directory = value] = /^([A-Za-z0-9_-]+)=(.*)$/.exec(value) ?? [];
    if (id !== "" && !chosen.some((environment) => environment.id === id)) {
      throw new Error(`--cwd ${value}: \`${id}\` is none of the environments`);
    }
    directories.set(id, directory);
  }
  return directories;
}
