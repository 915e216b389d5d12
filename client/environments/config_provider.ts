import type { Environment } from "../environment.ts";
import type { DefaultSelection } from "./default_selection.ts";
import { EnvironmentError } from "./environment_error.ts";
import type { EnvironmentProvider, EnvironmentsSnapshot } from "./environment_provider.ts";
import type { NamedTarget } from "./environment_target.ts";
import type { EnvironmentsConfig } from "./environments_config.ts";
import type { OpenEnvironment } from "./open_environment.ts";
import { resolveEntry } from "./resolve_entry.ts";
import { trimWhiteSpace } from "./trim.ts";

/** Where to find what a configuration names relatively. */
export interface ConfigProviderOptions {
  /** Absolute folder that a relative `cwd` is joined to; absent makes those an error. */
  readonly configDir?: string | undefined;
  /** Makes the environments. */
  readonly open: OpenEnvironment;
}

/**
 * Environments of a configuration, wherever it was read.
 *
 * Source: environments, sections 4.2 and 4.4.
 *
 * @throws {EnvironmentError} with the original's text, from `snapshot`
 */
export function configProvider(config: EnvironmentsConfig, options: ConfigProviderOptions): EnvironmentProvider {
  return { snapshot: () => snapshotOf(config, options) };
}

function snapshotOf(config: EnvironmentsConfig, { configDir, open }: ConfigProviderOptions): EnvironmentsSnapshot {
  const targets = new Map<string, NamedTarget>();
  for (const entry of config.environments ?? []) {
    const named = resolveEntry(entry, new Set(targets.keys()), configDir);
    targets.set(named.id, named);
  }
  const includeLocal = config.include_local ?? true;
  const ids = new Set([...includeLocal ? ["local"] : [], ...targets.keys()]);
  const defaultSelection = selectionOf(config, includeLocal, ids);
  const environments: Environment[] = Array.from(targets.values(), open);
  return { environments, includeLocal, defaultSelection };
}

function selectionOf(
  config: EnvironmentsConfig,
  includeLocal: boolean,
  ids: ReadonlySet<string>,
): DefaultSelection {
  if (config.default === undefined) {
    return includeLocal ? { kind: "environment", id: "local" } : { kind: "disabled" };
  }
  const id = trimWhiteSpace(config.default);
  if (id === "") throw new EnvironmentError("default environment id cannot be empty");
  if (id.toLowerCase() === "none") return { kind: "disabled" };
  if (!ids.has(id)) throw new EnvironmentError(`default environment \`${id}\` is not configured`);
  return { kind: "environment", id };
}
