import { dialWebSocket } from "../client/mod.ts";
import {
  BEARER_TOKEN_VARIABLE,
  environmentRegistration,
  type ExecServer,
  executorRegistration,
  type Logger,
  type RemoteTransport,
  runRemoteExecutor,
} from "../server/mod.ts";

/** Where `exec-server --remote` registers, and as what. */
export interface RemoteOptions {
  /** Base URL of the registry. */
  readonly registryUrl: string;
  /** Registers as codex 0.130.0 does. */
  readonly executorId: string | undefined;
  /** Registers with the newer contract; the rendezvous carries relay frames. */
  readonly environmentId: string | undefined;
  /** Shown by the registry. */
  readonly name: string | undefined;
  /** How the connections of an environment are carried; default over Noise. */
  readonly transport: RemoteTransport | undefined;
}

/** The token for the registry; programs that are started here do not get it. */
export function takeBearerToken(): string | undefined {
  const token = Deno.env.get(BEARER_TOKEN_VARIABLE);
  Deno.env.delete(BEARER_TOKEN_VARIABLE);
  return token;
}

/** What {@linkcode serveRemote} works with. */
export interface ServeRemoteContext {
  /** Gets diagnostics. */
  readonly log: Logger;
  /** Resolves when it has to end. */
  readonly stop: Promise<void>;
  /** See {@linkcode takeBearerToken}. */
  readonly bearerToken: string | undefined;
}

/**
 * Serves the clients of a rendezvous until `stop`; stdout stays empty.
 *
 * Source: environments, section 6.
 *
 * @throws {RegistryError} when it is asked for something impossible, or a registration fails
 */
export async function serveRemote(
  server: ExecServer,
  { registryUrl, executorId, environmentId, name, transport }: RemoteOptions,
  { log, stop, bearerToken }: ServeRemoteContext,
): Promise<void> {
  const registration = environmentId === undefined
    ? await executorRegistration({ registryUrl, id: executorId ?? "", name, bearerToken })
    : environmentRegistration({ registryUrl, id: environmentId, bearerToken, transport });
  const ending = new AbortController();
  const running = runRemoteExecutor({
    registration,
    serve: (transport) => server.serve(transport),
    dial: dialWebSocket,
    registered: (notice) => void Deno.stderr.writeSync(new TextEncoder().encode(`${notice}\n`)),
    log,
    signal: ending.signal,
  });
  await Promise.race([running, stop]);
  // requests in flight may finish before the websocket goes
  await server.shutdown();
  ending.abort();
  await running;
}
