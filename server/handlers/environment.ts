import { invalidParams, TEXTS, toFileUri } from "../../protocol/mod.ts";
import { readConfigLayers, readRequirementLayers } from "../environment/config_layers.ts";
import type { ExecutorEnvironment } from "../environment/executor_environment.ts";
import type { Handlers } from "./handlers.ts";

/** The handlers of `environment/*` and `environmentConfig/read`; section 11 of the exec-server protocol. */
export function environmentHandlers(environment: ExecutorEnvironment): Handlers {
  return {
    "environment/info": () => environment.info,
    "environment/status": () => ({ status: "ready" }),
    "environmentConfig/read": async ({ cwd, configPaths, requirementsPaths }) => {
      if (configPaths.length + requirementsPaths.length === 0) throw invalidParams(TEXTS.configPathsRequired);
      if ([...configPaths, ...requirementsPaths].some((path) => path.length === 0)) {
        throw invalidParams(TEXTS.tomlPathEmpty);
      }
      return {
        userHomeDir: toFileUri(environment.userHome),
        codexHomeDir: toFileUri(environment.codexHome),
        hostname: environment.hostname,
        config: await readConfigLayers(cwd.path, environment.codexHome, configPaths),
        requirements: await readRequirementLayers(requirementsPaths),
      };
    },
  };
}
