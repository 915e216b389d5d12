import { RegistryError } from "../../protocol/registry/registry_error.ts";
import type { EnvironmentProvider } from "./environment_provider.ts";
import { DEFAULT_TIMEOUT_MS } from "./environment_target.ts";
import type { OpenEnvironment } from "./open_environment.ts";
import { trimWhiteSpace } from "./trim.ts";

/** The variables that name an environment at a registry, which is then reached over Noise. */
export const NOISE_VARIABLES = {
  /** Base URL of the registry. */
  registryUrl: "CODEX_EXEC_SERVER_NOISE_REGISTRY_URL",
  /** The environment there. */
  environmentId: "CODEX_EXEC_SERVER_NOISE_ENVIRONMENT_ID",
  /** The token for the registry. */
  authToken: "CODEX_EXEC_SERVER_NOISE_AUTH_TOKEN",
  /** Sent as `chatgpt-account-id`; may be missing. */
  chatgptAccountId: "CODEX_EXEC_SERVER_NOISE_CHATGPT_ACCOUNT_ID",
} as const;

/**
 * One environment `remote` instead of this machine, by the {@linkcode NOISE_VARIABLES}. They count for more than a
 * configuration file and `CODEX_EXEC_SERVER_URL`; white space around a value does not count.
 *
 * Source: environments, section 6.6; precedence and trimming determined live.
 *
 * @param variable value of a variable
 * @returns undefined when none of the first three is set
 * @throws {RegistryError} when some of them are missing or empty
 */
export function noiseProvider(
  variable: (name: string) => string | undefined,
  open: OpenEnvironment,
): EnvironmentProvider | undefined {
  const { chatgptAccountId: accountVariable, ...required } = NOISE_VARIABLES;
  const names = Object.values(required);
  if (names.every((name) => variable(name) === undefined)) return undefined;
  const [registryUrl = "", environmentId = "", bearerToken = ""] = names.map((name) =>
    trimWhiteSpace(variable(name) ?? "")
  );
  if ([registryUrl, environmentId, bearerToken].includes("")) {
    const text = `Noise environment requires ${names[0]}, ${names[1]}, and ${names[2]}`;
    throw RegistryError.configuration("environment", text);
  }
  const chatgptAccountId = trimWhiteSpace(variable(accountVariable) ?? "") || undefined;
  const timeouts = { connectTimeoutMs: DEFAULT_TIMEOUT_MS, initializeTimeoutMs: DEFAULT_TIMEOUT_MS };
  const place = { kind: "registry", registryUrl, environmentId, bearerToken, chatgptAccountId } as const;
  return {
    snapshot: () => ({
      environments: [open({ id: "remote", target: { ...place, ...timeouts } })],
      includeLocal: false,
      defaultSelection: { kind: "environment", id: "remote" },
    }),
  };
}
