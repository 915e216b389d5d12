import { ClientError } from "../errors.ts";
import { ExecServerClient } from "../exec_server_client.ts";
import { connectWebSocket } from "../websocket_transport.ts";
import type { EnvironmentTarget, UrlTarget } from "./environment_target.ts";

/** What a server is told by a client of an environment. */
const CLIENT_NAME = "codex-environment";
/** The longest timer there is. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** How to connect to an exec-server. */
export interface ConnectTargetOptions {
  /** Continues a detached session with its processes. */
  readonly resumeSessionId?: string;
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
  signal: AbortSignal,
  options: ConnectTargetOptions = {},
): Promise<ExecServerClient> {
  if (target.kind === "program") throw new ClientError("connect", "environments behind a program are not offered yet");
  const transport = await openWebSocket(target, signal);
  const initializeTimeoutMs = Math.min(target.initializeTimeoutMs, MAX_TIMER_MS);
  return await ExecServerClient.connect(transport, {
    clientName: CLIENT_NAME,
    initializeTimeoutMs,
    signal,
    ...options,
  });
}

async function openWebSocket({ url, headers = {}, connectTimeoutMs }: UrlTarget, signal: AbortSignal) {
  const late = AbortSignal.timeout(Math.min(connectTimeoutMs, MAX_TIMER_MS));
  try {
    return await connectWebSocket(url, { headers, signal: AbortSignal.any([signal, late]) });
  } catch (error) {
    if (!late.aborted || signal.aborted) throw error;
    const text = `timed out connecting to exec-server websocket \`${url}\` after ${connectTimeoutMs / 1_000}s`;
    throw new ClientError("connect", text, { cause: error });
  }
}
