import type { EnvironmentInfo, ExecBackend, Filesystem, HttpClient } from "../protocol/mod.ts";

/** Whether an environment can be used right now. */
export type EnvironmentStatus =
  | { readonly status: "ready" | "pending" }
  | { readonly status: "disconnected"; readonly error: string };

/**
 * A machine to work on: its processes, files and HTTP, local or behind an exec-server.
 *
 * Source: environments, section 2.
 */
export interface Environment extends AsyncDisposable {
  /** Its name in the manager. */
  readonly id: string;
  /** Whether it is behind a transport; a local one is served by this process. */
  readonly isRemote: boolean;
  /** The URL of its server; undefined for local environments and those behind a started program. */
  readonly execServerUrl: string | undefined;
  /** What agents may be offered on it. */
  readonly capabilities: { readonly exec: boolean; readonly filesystem: boolean };
  /** Starts processes. */
  readonly exec: ExecBackend;
  /** Its files. */
  readonly filesystem: Filesystem;
  /** Sends requests from its network. */
  readonly http: HttpClient;
  /** Where it runs and what it can do; connects if necessary. */
  info(): Promise<EnvironmentInfo>;
  /** Whether it can be used, without connecting. */
  status(): Promise<EnvironmentStatus>;
}
