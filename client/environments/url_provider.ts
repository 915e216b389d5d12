import type { EnvironmentProvider } from "./environment_provider.ts";
import { DEFAULT_TIMEOUT_MS } from "./environment_target.ts";
import type { OpenEnvironment } from "./open_environment.ts";
import { trimWhiteSpace } from "./trim.ts";

/** The variable that names the exec-server when there is no configuration file. */
export const URL_VARIABLE = "CODEX_EXEC_SERVER_URL";

/**
 * Environments by the value of `CODEX_EXEC_SERVER_URL`: nothing means this machine, `none` (in any case) no environment,
 * anything else one environment `remote` instead of this machine. A URL that makes no sense fails when it is used.
 *
 * Source: environments, section 3.4.
 */
export function urlProvider(value: string | undefined, open: OpenEnvironment): EnvironmentProvider {
  const url = trimWhiteSpace(value ?? "");
  if (url === "") {
    return {
      snapshot: () => ({
        environments: [],
        includeLocal: true,
        defaultSelection: { kind: "environment", id: "local" },
      }),
    };
  }
  if (url.toLowerCase() === "none") {
    return { snapshot: () => ({ environments: [], includeLocal: false, defaultSelection: { kind: "disabled" } }) };
  }
  const timeouts = { connectTimeoutMs: DEFAULT_TIMEOUT_MS, initializeTimeoutMs: DEFAULT_TIMEOUT_MS };
  return {
    snapshot: () => ({
      environments: [open({ id: "remote", target: { kind: "url", url, ...timeouts } })],
      includeLocal: false,
      defaultSelection: { kind: "environment", id: "remote" },
    }),
  };
}
