import type { OAuthClientProvider } from "@modelcontextprotocol/client";

/** What a scenario tells about a client that is registered already. */
export interface LoginContext {
  readonly client_id?: string;
  readonly client_secret?: string;
}

type Information = Awaited<ReturnType<OAuthClientProvider["clientInformation"]>>;
type Tokens = Awaited<ReturnType<OAuthClientProvider["tokens"]>>;

/** Logs in by following the authorization URL itself: the servers of the scenarios ask nobody. */
export class ScriptedLogin implements OAuthClientProvider {
  readonly redirectUrl = "http://127.0.0.1:3000/callback";
  readonly clientMetadataUrl = "https://conformance-test.local/client-metadata.json";
  readonly clientMetadata = {
    client_name: "exec-server-conformance",
    redirect_uris: [this.redirectUrl],
    grant_types: ["authorization_code", "refresh_token"],
    response_types: ["code"],
  };
  readonly #fetch: typeof fetch;
  #information: Information;
  #tokens: Tokens;
  #verifier = "";
  #callback: Promise<URLSearchParams> | undefined;

  constructor(fetch: typeof globalThis.fetch, { client_id: id, client_secret: secret }: LoginContext) {
    this.#fetch = fetch;
    if (id !== undefined) this.#information = { client_id: id, ...(secret !== undefined && { client_secret: secret }) };
  }

  clientInformation(): Information {
    return this.#information;
  }

  saveClientInformation(information: NonNullable<Information>): void {
    this.#information = information;
  }

  tokens(): Tokens {
    return this.#tokens;
  }

  saveTokens(tokens: NonNullable<Tokens>): void {
    this.#tokens = tokens;
  }

  codeVerifier(): string {
    return this.#verifier;
  }

  saveCodeVerifier(verifier: string): void {
    this.#verifier = verifier;
  }

  redirectToAuthorization(url: URL): void {
    this.#callback = this.#follow(url);
  }

  /** The parameters of the redirect back. */
  async authorization(): Promise<URLSearchParams> {
    if (this.#callback === undefined) throw new Error("No login was begun");
    return await this.#callback;
  }

  async #follow(url: URL): Promise<URLSearchParams> {
    const response = await this.#fetch(url, { redirect: "manual" });
    await response.body?.cancel();
    const location = response.headers.get("location");
    if (location === null) throw new Error(`The login answered ${response.status} without a location`);
    return new URL(location, url).searchParams;
  }
}
