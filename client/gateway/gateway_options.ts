import type { Filesystem } from "../../protocol/mod.ts";
import type { EnvironmentManager } from "../environments/environment_manager.ts";

/** The `fs/*` methods of one client on one environment. */
export interface FileService extends AsyncDisposable {
  /** Answers a method, its parameters decoded; undefined for methods it does not have. */
  readonly handlers: Readonly<Record<string, ((params: never) => unknown) | undefined>>;
}

/** What a gateway is made of. */
export interface GatewayOptions {
  /** The environments it fronts; they stay the caller's. */
  readonly environments: EnvironmentManager;
  /** Answers `fs/*` with any filesystem. @param room resolves when the client has taken the answers queued so far */
  readonly files: (filesystem: Filesystem, room: () => Promise<void>) => FileService;
  /** Is told of errors that should not happen. */
  readonly unexpected?: (error: unknown) => void;
}
