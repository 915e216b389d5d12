import { exists } from "../support/exists.ts";

/** A JSON-RPC message as it stands in a recording. */
export interface Message {
  readonly id?: unknown;
  readonly method?: string;
  readonly params?: unknown;
  readonly result?: unknown;
  readonly error?: unknown;
}

/** A generation of the original. */
export type Generation = "130" | "169";

/** One recorded case: frames between a client and the original, and what its HTTP peer saw. */
export interface GoldenCase {
  readonly case: string;
  readonly about: string;
  readonly frames?: readonly { readonly dir: "send" | "recv" | "close"; readonly msg: Message | null }[];
  readonly peer?: readonly GoldenRequest[];
  /** What a second origin saw. */
  readonly otherOriginPeer?: readonly Pick<GoldenRequest, "requestLine" | "headers">[];
  /** What the peer sent, as text or `base64:`. */
  readonly peerResponse?: string;
  /** Which of the peer's connections each request used. */
  readonly tcpConnections?: readonly number[];
  /** Variables of the server. */
  readonly env?: Readonly<Record<string, string>>;
  /** Heads that the proxy received. */
  readonly proxySaw?: readonly string[];
  /** Bytes of each delta. */
  readonly frameSizes?: readonly number[];
}

/** A request as a peer of the original saw it. */
export interface GoldenRequest {
  readonly requestLine: string;
  readonly headers: readonly (readonly [string, string])[];
  readonly bodyLen: number;
  readonly bodyBase64: string;
}

/** Names of the cases in a folder; none when it does not exist. */
export async function caseNames(folder: URL): Promise<string[]> {
  if (!exists(folder)) return [];
  const names: string[] = [];
  for await (const { name } of Deno.readDir(folder)) {
    if (name.endsWith(".json")) names.push(name.slice(0, -".json".length));
  }
  return names.sort();
}

/** Reads a case. */
export async function loadCase(folder: URL, name: string): Promise<GoldenCase> {
  return JSON.parse(await Deno.readTextFile(new URL(`${name}.json`, folder)));
}
