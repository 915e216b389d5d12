import { ExecServerClient } from "../exec_server_client.ts";
import type { ConnectTarget } from "../transport_source.ts";
import { environmentTransport } from "../registry/environment_transport.ts";
import type { EnvironmentTarget, RegistryTarget, UrlTarget } from "./environment_target.ts";

/** What a server is told by a client of an environment. */
const CLIENT_NAME = "codex-environment";
/** The longest timer there is. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** How to connect to an exec-server. */
export interface ConnectTargetOptions {
  /**
   * What a lost connection means: it is made again and the session continued ("resume", the default), or its processes
   * are lost. A program that was started cannot be connected to again.
   */
  readonly recovery?: "resume" | "none" | undefined;
  /** What a slow reader of a process's output means; as `ConnectOptions` of a client have it. */
  readonly slowReaders?: "drop" | "hold" | undefined;
  /** Continues a detached session with its processes. */
  readonly resumeSessionId?: string | undefined;
  /** Is told the reason when a connection was lost and is being made again. */
  readonly recovering?: ((reason: string) => void) | undefined;
  /** Gets each line a started program writes to stderr; default nobody. */
  readonly log?: ((line: string) => void) | undefined;
}

/**
 * Opens a session at the exec-server of an environment.
 *
 * @param signal gives up connecting
 * @throws {ClientError} when it cannot be reached or started, or does not speak the protocol
 * @throws {RpcError} when it refuses
 */
export async function connectTarget(
  target: EnvironmentTarget,
  signal?: AbortSignal,
  options: ConnectTargetOptions = {},
): Promise<ExecServerClient> {
  const { recovery = "resume", slowReaders, resumeSessionId, recovering, log } = options;
  const client = await ExecServerClient.connect(placeOf(target, log), {
    clientName: CLIENT_NAME,
    initializeTimeoutMs: Math.min(target.initializeTimeoutMs, MAX_TIMER_MS),
    ...target.kind === "url" && { headers: target.headers, connectTimeoutMs: connectTimeoutMs(target) },
    signal,
    recovery,
    slowReaders,
    resumeSessionId,
  });
  client.onDisconnect((reason) => {
    if (client.failure === undefined) recovering?.(reason);
  });
  return client;
}

function placeOf(target: EnvironmentTarget, log: ConnectTargetOptions["log"]): ConnectTarget {
  switch (target.kind) {
    case "url":
      return target.url;
    case "program":
      return { ...target, log };
    case "registry":
      return environmentTransport(target.environmentId, { ...target, connectTimeoutMs: connectTimeoutMs(target) });
  }
}

function connectTimeoutMs(target: UrlTarget | RegistryTarget): number {
  return Math.min(target.connectTimeoutMs, MAX_TIMER_MS);
}
