import type { Transport } from "../../protocol/mod.ts";
import { checkEnvironmentId } from "../../protocol/registry/environment_id.ts";
import { RegistryError } from "../../protocol/registry/registry_error.ts";
import { ClientError } from "../errors.ts";
import { dialWebSocket } from "../websocket_transport.ts";
import type { EnvironmentUrlOptions } from "./environment_url.ts";
import { RetryPacing } from "./retry_pacing.ts";

/** Where and as whom to ask, and how to connect. */
export interface EnvironmentTransportOptions extends Omit<EnvironmentUrlOptions, "signal"> {
  /** Sent to the registry as `chatgpt-account-id`. */
  readonly chatgptAccountId?: string | undefined;
  /** Bound of opening the websocket, and of the handshake on it, ms; default 10 s. */
  readonly connectTimeoutMs?: number | undefined;
  /** As for {@linkcode dialWebSocket}. */
  readonly pingIntervalMs?: number | undefined;
}

/**
 * Reaches an environment of a registry over Noise, encrypted from here to the executor: a target for
 * `ExecServerClient.connect`. The registry is asked anew with every attempt; attempts that fail keep a growing distance.
 * An environment that does not offer Noise is refused: {@linkcode environmentUrl} is for those.
 *
 * Source: environments, section 6.5.
 *
 * @returns opens a transport. It throws a {RegistryError} when the registry refuses or answers nonsense, and a
 * {ClientError} "connect" or "connectTimeout" when something cannot be reached or the handshake fails
 * @throws {RegistryError} when the id is malformed
 */
export function environmentTransport(
  id: string,
  options: EnvironmentTransportOptions,
): (signal?: AbortSignal) => Promise<Transport> {
  const fault = checkEnvironmentId(id);
  if (fault !== undefined) throw RegistryError.configuration("environment", fault);
  const pacing = new RetryPacing();
  return async (signal) => {
    await pacing.turn(signal);
    try {
      const transport = await open(id, options, signal);
      pacing.succeeded();
      return transport;
    } catch (error) {
      pacing.failed();
      if (!(error instanceof RegistryError) || !error.temporary) throw error;
      throw new ClientError("connect", error.message, { cause: error });
    }
  };
}

async function open(id: string, options: EnvironmentTransportOptions, signal?: AbortSignal): Promise<Transport> {
  const { connectTimeoutMs, pingIntervalMs } = options;
  // loaded with the first use: nobody else needs the relay
  const { harnessKey, noiseMeeting } = await import("./noise_meeting.ts");
  const { noiseTransport } = await import("../relay/noise_transport.ts");
  const own = await harnessKey();
  const { url, peer } = await noiseMeeting(id, own.publicKey, options, signal);
  const socket = await dialWebSocket(url, { signal, connectTimeoutMs, pingIntervalMs });
  return await noiseTransport(socket, peer, { own, signal, timeoutMs: connectTimeoutMs });
}
