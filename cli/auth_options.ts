import { resolve } from "@std/path";
import { type Authenticator, CapabilityToken, type ListenAddress, SignedToken } from "../server/mod.ts";
import { readTextOrThrow } from "./read_file.ts";

/** The flags of websocket authentication as they were given. */
export interface AuthFlags {
  readonly wsAuth?: "capability-token" | "signed-bearer-token" | undefined;
  readonly wsTokenFile?: string | undefined;
  readonly wsTokenSha256?: string | undefined;
  readonly wsSharedSecretFile?: string | undefined;
  readonly wsIssuer?: string | undefined;
  readonly wsAudience?: string | undefined;
  readonly wsMaxClockSkewSeconds?: number | undefined;
}

const DEFAULT_SKEW_SECONDS = 30, MIN_SECRET_BYTES = 32;

/**
 * The authenticator that the flags ask for.
 *
 * Source: exec-server protocol, section 4.4.
 *
 * @returns undefined when none is asked for
 * @throws {Error} with the original's text when the flags contradict each other or a secret cannot be used
 */
export async function authenticatorOf(flags: AuthFlags, listen: ListenAddress): Promise<Authenticator | undefined> {
  const forTokens = [flags.wsTokenFile, flags.wsTokenSha256].some(isGiven);
  const forSigned = [flags.wsSharedSecretFile, flags.wsIssuer, flags.wsAudience, flags.wsMaxClockSkewSeconds].some(
    isGiven,
  );
  if (flags.wsAuth === undefined) {
    if (!forTokens && !forSigned) return undefined;
    throw new Error(
      "websocket auth flags require `--ws-auth capability-token` or `--ws-auth signed-bearer-token`",
    );
  }
  if (flags.wsAuth === "capability-token") {
    if (forSigned) {
      throw new Error(
        "`--ws-shared-secret-file`, `--ws-issuer`, `--ws-audience`, and `--ws-max-clock-skew-seconds` require " +
          "`--ws-auth signed-bearer-token`",
      );
    }
    checkTokenFlags(flags);
  } else if (forTokens) {
    throw new Error(
      "`--ws-token-file` and `--ws-token-sha256` require `--ws-auth capability-token`, not `signed-bearer-token`",
    );
  } else if (flags.wsSharedSecretFile === undefined) {
    throw new Error("`--ws-shared-secret-file` is required when `--ws-auth signed-bearer-token` is set");
  }
  if (listen.kind !== "websocket") {
    const what = listen.kind === "stdio" ? "stdio" : "a unix socket";
    throw new Error(`WebSocket auth requires a WebSocket listener, not ${what}`);
  }
  return flags.wsAuth === "capability-token" ? await capabilityToken(flags) : await signedToken(flags);
}

function checkTokenFlags({ wsTokenFile, wsTokenSha256 }: AuthFlags): void {
  if (wsTokenFile === undefined && wsTokenSha256 === undefined) {
    throw new Error("`--ws-token-file` or `--ws-token-sha256` is required when `--ws-auth capability-token` is set");
  }
  if (wsTokenFile !== undefined && wsTokenSha256 !== undefined) {
    throw new Error("`--ws-token-file` and `--ws-token-sha256` are mutually exclusive");
  }
  if (wsTokenSha256 !== undefined && !/^[0-9a-f]{64}$/i.test(wsTokenSha256)) {
    throw new Error("--ws-token-sha256 must be a 64-character hex SHA-256 digest");
  }
}

async function capabilityToken({ wsTokenFile, wsTokenSha256 = "" }: AuthFlags): Promise<Authenticator> {
  if (wsTokenFile !== undefined) return await CapabilityToken.of(await readSecret(wsTokenFile));
  return new CapabilityToken(Uint8Array.fromHex(wsTokenSha256));
}

async function signedToken(flags: AuthFlags): Promise<Authenticator> {
  const path = flags.wsSharedSecretFile as string;
  const secret = new TextEncoder().encode(await readSecret(path));
  if (secret.length < MIN_SECRET_BYTES) {
    throw new Error(`signed websocket bearer secret ${resolve(path)} must be at least ${MIN_SECRET_BYTES} bytes`);
  }
  return new SignedToken({
    secret,
    maxClockSkewSeconds: flags.wsMaxClockSkewSeconds ?? DEFAULT_SKEW_SECONDS,
    ...(flags.wsIssuer === undefined ? {} : { issuer: flags.wsIssuer }),
    ...(flags.wsAudience === undefined ? {} : { audience: flags.wsAudience }),
  });
}

async function readSecret(path: string): Promise<string> {
  const text = (await readTextOrThrow("websocket auth secret", path)).trim();
  if (text === "") throw new Error(`websocket auth secret ${resolve(path)} must not be empty`);
  return text;
}

function isGiven(value: unknown): boolean {
  return value !== undefined;
}
