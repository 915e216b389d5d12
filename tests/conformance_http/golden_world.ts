import { fromFileUrl } from "@std/path";
import { RawPeer } from "../support/raw_peer.ts";
import type { GoldenCase } from "./golden_case.ts";
import { goldenScript } from "./golden_peer.ts";

const TLS = new URL("../testdata/http_tls/", import.meta.url);
const UNUSED_PORT = 7849;
const PROXIED = "HTTP/1.1 200 OK\r\nX-Via: proxy\r\nContent-Length: 7\r\nConnection: close\r\n\r\nproxied";
const TLS_ANSWER = "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\ntls";

/** Everything around the server in the recordings, on ports of its own: peers, a proxy, TLS servers. */
export class GoldenWorld implements AsyncDisposable {
  /** The HTTP server that requests go to. */
  readonly peer: RawPeer;
  /** Another origin, or the proxy. */
  readonly second: RawPeer;
  /** Heads that the proxy received. */
  readonly proxySaw: string[] = [];
  readonly #all: readonly RawPeer[];
  /** Recorded port to real port. */
  readonly #ports: ReadonlyMap<number, number>;

  private constructor(golden: GoldenCase, [cert = "", key = "", otherCert = "", otherKey = ""]: readonly string[]) {
    this.peer = RawPeer.start(goldenScript(golden, (text) => this.real(text)));
    const tls = RawPeer.start((_, connection) => connection.write(TLS_ANSWER), { tls: { cert, key } });
    const mismatch = RawPeer.start(() => {}, { tls: { cert: otherCert, key: otherKey } });
    const h2 = RawPeer.start(() => {}, { tls: { cert, key, alpnProtocols: ["h2"] } });
    this.second = golden.case.startsWith("proxy_")
      ? RawPeer.start(() => {}, { raw: (conn) => this.#proxy(conn, tls.port) })
      : RawPeer.start((_, connection) => connection.write("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nother"));
    this.#all = [this.peer, this.second, tls, mismatch, h2];
    this.#ports = new Map([
      [7842, this.peer.port],
      [7843, this.second.port],
      [7844, h2.port],
      [7847, tls.port],
      [7848, mismatch.port],
    ]);
  }

  /** Starts what the case needs. */
  static async start(golden: GoldenCase): Promise<GoldenWorld> {
    const names = ["loopback.pem", "loopback.key", "other.pem", "other.key"];
    return new GoldenWorld(golden, await Promise.all(names.map((name) => Deno.readTextFile(new URL(name, TLS)))));
  }

  /** A recorded text with the real ports. */
  real(text: string): string {
    return text.replace(/:(78\d\d)\b/g, (all, port) => {
      return Number(port) === UNUSED_PORT ? ":1" : `:${this.#ports.get(Number(port)) ?? all.slice(1)}`;
    });
  }

  /** A text of this run with the recorded ports. */
  recorded(text: string): string {
    let result = text.replaceAll(/127\.0\.0\.1:1\b/g, `127.0.0.1:${UNUSED_PORT}`);
    for (const [recorded, real] of this.#ports) result = result.replaceAll(`:${real}`, `:${recorded}`);
    return result;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const peer of this.#all) await peer[Symbol.asyncDispose]();
  }

  async #proxy(conn: Deno.Conn, tlsPort: number): Promise<void> {
    const buffer = new Uint8Array(65_536);
    const count = await conn.read(buffer) ?? 0;
    const [head = ""] = new TextDecoder().decode(buffer.subarray(0, count)).split("\r\n\r\n");
    this.proxySaw.push(this.recorded(head));
    const write = (text: string) => conn.write(new TextEncoder().encode(text));
    if (!head.startsWith("CONNECT")) {
      await write(PROXIED);
      return;
    }
    using upstream = await Deno.connect({ hostname: "127.0.0.1", port: tlsPort });
    await write("HTTP/1.1 200 OK\r\n\r\n");
    await Promise.race([pipe(conn, upstream), pipe(upstream, conn)]);
  }
}

async function pipe(from: Deno.Conn, to: Deno.Conn): Promise<void> {
  const buffer = new Uint8Array(65_536);
  for (let count = await from.read(buffer); count !== null; count = await from.read(buffer)) {
    for (let rest = buffer.subarray(0, count); rest.length > 0;) rest = rest.subarray(await to.write(rest));
  }
}

const CA_FILES: Readonly<Record<string, string>> = {
  tls_codex_ca_badcert: "-----BEGIN CERTIFICATE-----\naGVsbG8=\n-----END CERTIFICATE-----\n",
  tls_codex_ca_emptyfile: "",
  tls_codex_ca_garbage: "this is no certificate\n",
};

/** Environment of the server in a case; files of the recordings become files of ours in the folder. */
export async function goldenEnvironment(golden: GoldenCase, dir: string): Promise<Record<string, string>> {
  const environment: Record<string, string> = { HOME: dir, S4_TOKEN: "secret-from-env", S4_EMPTY: "" };
  for (const [name, value] of Object.entries(golden.env ?? {})) {
    environment[name] = value;
    if (value !== "/srv/example") continue;
    const text = CA_FILES[golden.case];
    environment[name] = text === undefined ? fromFileUrl(new URL("ca.pem", TLS)) : `${dir}/ca.pem`;
    if (text !== undefined) await Deno.writeTextFile(`${dir}/ca.pem`, text);
  }
  // a variable whose value the original sent was set there
  for (const { msg } of golden.frames ?? []) {
    const headers = (msg?.params as { headers?: unknown } | undefined)?.headers;
    for (const { name, value, valueEnvVar } of Array.isArray(headers) ? headers : []) {
      const sent = golden.peer?.[0]?.headers.find(([header]) => header === name)?.[1];
      if (typeof valueEnvVar !== "string" || valueEnvVar === "") continue;
      if (sent?.startsWith(value) && sent.length > value.length) environment[valueEnvVar] = sent.slice(value.length);
    }
  }
  return environment;
}
