import { Option } from "@commander-js/extra-typings";
import { seconds } from "./option_values.ts";

/** The flags of who may connect, for every command that listens. */
export const LISTENER_OPTIONS = {
  wsAuth: new Option("--ws-auth <MODE>", "who may open a websocket").choices(
    ["capability-token", "signed-bearer-token"] as const,
  ),
  wsTokenFile: new Option("--ws-token-file <PATH>", "capability-token: file with the token"),
  wsTokenSha256: new Option("--ws-token-sha256 <HEX>", "capability-token: SHA-256 of the token"),
  wsSharedSecretFile: new Option(
    "--ws-shared-secret-file <PATH>",
    "signed-bearer-token: file with the key of HS256, 32 bytes or more",
  ),
  wsIssuer: new Option("--ws-issuer <TEXT>", "signed-bearer-token: required issuer"),
  wsAudience: new Option("--ws-audience <TEXT>", "signed-bearer-token: required audience"),
  wsMaxClockSkewSeconds: new Option(
    "--ws-max-clock-skew-seconds <N>",
    "signed-bearer-token: how far clocks may be apart (default: 30)",
  ).argParser(seconds),
  tlsCert: new Option("--tls-cert <PATH>", "certificate chain, PEM: serve wss://"),
  tlsKey: new Option("--tls-key <PATH>", "private key of it, PEM"),
  allowUnauthenticated: new Option(
    "--allow-unauthenticated",
    "let everybody in who reaches an address that is not loopback",
  ),
};
