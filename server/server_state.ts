import type { Filesystem, RepeatedMember } from "../protocol/mod.ts";
import type { HelperPool, ResolvedProfiles } from "../sandbox/mod.ts";
import type { ExecutorEnvironment } from "./environment/executor_environment.ts";
import type { StartSettings } from "./handlers/process_start.ts";
import type { LocalHttpClientOptions } from "./http/local_http_client.ts";
import type { Logger } from "./log.ts";
import type { Watchdog } from "./process/watchdog.ts";
import type { SessionSettings } from "./session.ts";
import type { ServerLimits } from "./server_limits.ts";
import type { Telemetry } from "./telemetry/telemetry.ts";
import type { SessionRegistry } from "./session_registry.ts";

/** What all connections of a server share. */
export interface ServerState {
  /** What all sessions share. */
  readonly session: SessionSettings;
  /** Sessions, attached and detached. */
  readonly sessions: SessionRegistry;
  /** The machine's files. */
  readonly filesystem: Filesystem;
  /** Run sandboxed file requests. */
  readonly helpers: HelperPool;
  /** Reads messages: many carry the same sandbox. */
  readonly sandboxes: RepeatedMember;
  /** Permission profiles, resolved. */
  readonly profiles: ResolvedProfiles;
  /** Knows the groups to kill should the server die. */
  readonly watchdog: Watchdog;
  /** How processes are started. */
  readonly start: StartSettings;
  /** How HTTP requests are sent. */
  readonly http: LocalHttpClientOptions;
  /** What is told about the machine. */
  readonly environment: ExecutorEnvironment;
  /** Bounds that the operator may set. */
  readonly limits: ServerLimits;
  /** Traces and metrics, if they are on. */
  readonly telemetry: Telemetry | undefined;
  /** Diagnostics. */
  readonly log: Logger;
}
