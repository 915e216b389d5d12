/** How long connecting and the handshake may take when nothing is said, ms (environments, section 0). */
export const DEFAULT_TIMEOUT_MS = 10_000;

/** An exec-server that listens somewhere. */
export interface UrlTarget {
  /** Tells the kinds apart. */
  readonly kind: "url";
  /** Where it listens: `ws://` or `wss://`; other URLs fail when they are used. */
  readonly url: string;
  /** Bound of connecting, ms; 0 fails at once. */
  readonly connectTimeoutMs: number;
  /** Bound of the handshake, ms. */
  readonly initializeTimeoutMs: number;
  /** Sent with the HTTP request that opens the websocket. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** An exec-server that is started and speaks the protocol over its standard input and output. */
export interface ProgramTarget {
  /** Tells the kinds apart. */
  readonly kind: "program";
  /** Path, or a name to look up in PATH; no shell. */
  readonly program: string;
  /** Its arguments. */
  readonly args: readonly string[];
  /** Variables laid over this process's environment. */
  readonly env: Readonly<Record<string, string>>;
  /** Absolute directory; absent means this process's. */
  readonly cwd: string | undefined;
  /** Bound of the handshake, ms. */
  readonly initializeTimeoutMs: number;
}

/** An exec-server that has registered at a registry and is reached through its rendezvous, encrypted by Noise. */
export interface RegistryTarget {
  /** Tells the kinds apart. */
  readonly kind: "registry";
  /** Base URL of the registry. */
  readonly registryUrl: string;
  /** The environment there. */
  readonly environmentId: string;
  /** Sent to the registry as `authorization: Bearer`. */
  readonly bearerToken: string;
  /** Sent to the registry as `chatgpt-account-id`. */
  readonly chatgptAccountId?: string | undefined;
  /** Bound of connecting to the rendezvous, and of the encryption's handshake, ms. */
  readonly connectTimeoutMs: number;
  /** Bound of the handshake, ms. */
  readonly initializeTimeoutMs: number;
}

/** Where the exec-server of an environment is. */
export type EnvironmentTarget = UrlTarget | ProgramTarget | RegistryTarget;

/** A named exec-server. */
export interface NamedTarget {
  /** Id of the environment. */
  readonly id: string;
  /** Where its exec-server is. */
  readonly target: EnvironmentTarget;
}
