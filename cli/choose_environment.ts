import { Option } from "@commander-js/extra-typings";
import {
  type ConnectTargetOptions,
  type Environment,
  EnvironmentManager,
  RemoteEnvironment,
  targetOfUrl,
} from "../client/mod.ts";
import { codexHome } from "./codex_home.ts";
import { localBackends } from "./local_backends.ts";

/** `--url`. */
export function urlOption() {
  return new Option("--url <URL>", "exec-server to use: ws://HOST:PORT, wss://HOST or unix:///PATH").conflicts("env");
}

/** `--env`. */
export function envOption() {
  return new Option("--env <ID>", "environment of environments.toml to use; default its default, or this machine");
}

/** `--bearer-token-env`. */
export function tokenOption() {
  return new Option("--bearer-token-env <NAME>", "variable that holds the bearer token for --url");
}

/** Which environment a command works on. */
export interface EnvironmentChoice {
  /** `--url`. */
  readonly url?: string | undefined;
  /** `--env`. */
  readonly env?: string | undefined;
  /** `--bearer-token-env`. */
  readonly bearerTokenEnv?: string | undefined;
}

/** How a command uses a remote environment. */
export type ConnectFlags = Pick<ConnectTargetOptions, "recovery" | "recovering" | "slowReaders">;

/** The environment a command works on; disposing it ends connections and what runs on this machine. */
export interface ChosenEnvironment extends AsyncDisposable {
  /** Not connected yet. */
  readonly environment: Environment;
}

/**
 * Finds the environment of a command: `--url`; or `--env` among the configured ones; or the default one.
 *
 * @throws {Error} naming what was asked for and what there is
 */
export async function chooseEnvironment(
  choice: EnvironmentChoice,
  connect: ConnectFlags = {},
): Promise<ChosenEnvironment> {
  if (choice.url !== undefined) return byUrl(choice.url, choice.bearerTokenEnv, connect);
  if (choice.bearerTokenEnv !== undefined) throw new Error("--bearer-token-env needs --url");
  const manager = await configuredEnvironments(connect);
  const environment = choice.env === undefined ? manager.defaultEnvironment() : manager.getEnvironment(choice.env);
  if (environment !== undefined) {
    return { environment, [Symbol.asyncDispose]: () => manager[Symbol.asyncDispose]() };
  }
  const there = manager.environmentIds.join(", ") || "none";
  await manager[Symbol.asyncDispose]();
  if (choice.env === undefined) throw new Error(`no default environment is configured; name one with --env (${there})`);
  throw new Error(`unknown environment \`${choice.env}\`; configured: ${there}`);
}

/** The environments of CODEX_HOME, or of CODEX_EXEC_SERVER_URL. @throws {EnvironmentError} when they are configured wrongly */
export async function configuredEnvironments(connect: ConnectFlags = {}): Promise<EnvironmentManager> {
  return await EnvironmentManager.fromCodexHome(codexHome(), {
    local: () => localBackends(),
    open: (named) => new RemoteEnvironment(named, connect),
  });
}

function byUrl(url: string, tokenVariable: string | undefined, connect: ConnectFlags): ChosenEnvironment {
  const token = tokenVariable === undefined ? undefined : Deno.env.get(tokenVariable);
  if (tokenVariable !== undefined && token === undefined) throw new Error(`variable ${tokenVariable} is not set`);
  const target = targetOfUrl(url, { authBearerToken: token });
  const environment = new RemoteEnvironment({ id: url, target }, connect);
  return { environment, [Symbol.asyncDispose]: () => environment[Symbol.asyncDispose]() };
}
