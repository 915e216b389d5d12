import { type BinaryTransport, LIMITS, type Transport } from "../../protocol/mod.ts";
import type { Logger } from "../log.ts";
import { RegistryBackoff, type Sleep } from "./registry_backoff.ts";
import type { Registration, Rendezvous } from "./registration.ts";

/** What an executor needs that dials out to a registry. */
export interface RemoteExecutorOptions {
  /** How it registers. */
  readonly registration: Registration;
  /** Serves one client; the sessions behind it outlive the rendezvous. */
  readonly serve: (transport: Transport) => Promise<void>;
  /** Opens a websocket; the client library's `dialWebSocket`. */
  readonly dial: (url: string, options: DialOptions) => Promise<BinaryTransport>;
  /** Is told of every registration. */
  readonly registered: (notice: string) => void;
  /** Gets diagnostics. */
  readonly log: Logger;
  /** Ends it. */
  readonly signal: AbortSignal;
  /** Pauses between two connections; default with the clock. */
  readonly sleep?: Sleep;
}

/** What the rendezvous websocket is opened with. */
export interface DialOptions {
  /** Gives up connecting. */
  readonly signal: AbortSignal;
  /** A longer message closes the connection. */
  readonly maxMessageBytes: number;
  /** Sent with the HTTP request. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

/**
 * Registers, dials the rendezvous and serves who is there, again and again until the signal: sessions survive in
 * between, so a client can resume across it.
 *
 * Source: environments, section 6.3.
 *
 * @throws {RegistryError} as soon as a registration fails
 */
export async function runRemoteExecutor(options: RemoteExecutorOptions): Promise<void> {
  const { registration, signal, log } = options;
  const backoff = new RegistryBackoff(options.sleep);
  while (!signal.aborted) {
    try {
      const rendezvous = await registration.register(signal);
      options.registered(rendezvous.notice);
      const socket = await dial(options, rendezvous);
      if (socket !== undefined) {
        backoff.reset();
        log.info("rendezvous connected");
        await serveRendezvous(socket, rendezvous, options);
        log.info("rendezvous closed");
      }
      await backoff.wait(signal);
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }
}

async function dial(
  { dial, signal, log }: RemoteExecutorOptions,
  { url, noise }: Rendezvous,
): Promise<BinaryTransport | undefined> {
  // names the connection for the logs of both sides, as codex 0.169.0 does
  const headers = noise === undefined ? undefined : { "x-request-id": `req_${randomHex()}` };
  const limited = AbortSignal.any([signal, AbortSignal.timeout(LIMITS.registryTimeoutMs)]);
  try {
    return await dial(url, { signal: limited, maxMessageBytes: LIMITS.maxMessageBytes, headers });
  } catch (error) {
    signal.throwIfAborted();
    const detail = error instanceof Error ? error.message : String(error);
    log.warn(`failed to connect remote exec-server websocket: ${detail}`);
    return undefined;
  }
}

async function serveRendezvous(
  socket: BinaryTransport,
  { noise }: Rendezvous,
  { registration, serve, signal, log }: RemoteExecutorOptions,
): Promise<void> {
  const close = () => void socket.close({ code: 1001, text: "executor is shutting down" });
  signal.addEventListener("abort", close, { once: true });
  try {
    if (noise !== undefined) {
      const { serveNoiseRelay } = await import("./noise_streams.ts");
      return await serveNoiseRelay(socket, noise, { serve, log });
    }
    if (!registration.relay) return await serve(socket);
    const { serveRelay } = await import("./relay_streams.ts");
    await serveRelay(socket, { serve, log });
  } finally {
    signal.removeEventListener("abort", close);
    await socket.close();
  }
}

function randomHex(): string {
  return crypto.getRandomValues(new Uint8Array(16)).toHex();
}
