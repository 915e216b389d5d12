import type { NoiseIdentity } from "./noise_streams.ts";

/** Where an executor dials after it was registered. */
export interface Rendezvous {
  /** `ws://` or `wss://`; holds a secret, so it is never logged. */
  readonly url: string;
  /** What to tell the operator. */
  readonly notice: string;
  /** What the connections on it are encrypted with; they are not when absent. */
  readonly noise?: NoiseIdentity | undefined;
}

/** One way to register at a registry and to speak on its rendezvous. */
export interface Registration {
  /** Whether the rendezvous carries many connections in relay frames, or one without any. */
  readonly relay: boolean;
  /** Registers, again with every connection. @throws {RegistryError} which ends the executor */
  register(signal: AbortSignal): Promise<Rendezvous>;
}

/** Who registers where, as given on the command line. */
export interface RegistrationOptions {
  /** Base URL of the registry. */
  readonly registryUrl: string;
  /** Id to register under. */
  readonly id: string;
  /** Value of `CODEX_EXEC_SERVER_REMOTE_BEARER_TOKEN`. */
  readonly bearerToken: string | undefined;
}
