import type { Filesystem } from "../protocol/mod.ts";
import type { ExecutorEnvironment } from "./environment/executor_environment.ts";
import type { StartSettings } from "./handlers/process_start.ts";
import type { Logger } from "./log.ts";
import type { SessionSettings } from "./session.ts";
import type { SessionRegistry } from "./session_registry.ts";

/** What all connections of a server share. */
export interface ServerState {
  /** What all sessions share. */
  readonly session: SessionSettings;
  /** Sessions, attached and detached. */
  readonly sessions: SessionRegistry;
  /** The machine's files. */
  readonly filesystem: Filesystem;
  /** How processes are started. */
  readonly start: StartSettings;
  /** What is told about the machine. */
  readonly environment: ExecutorEnvironment;
  /** Diagnostics. */
  readonly log: Logger;
}
