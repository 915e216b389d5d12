import { type EnvironmentInfo, toFileUri } from "../../protocol/mod.ts";
import { VERSION } from "../version.ts";
import { type Account, loginAccount } from "./account.ts";
import { findShell } from "./shell.ts";

/** What a server tells about the machine it runs on. */
export interface ExecutorEnvironment {
  /** The answer to `environment/info`. */
  readonly info: EnvironmentInfo;
  /** Path of the login shell. */
  readonly shell: string;
  /** Where Codex keeps its configuration. */
  readonly codexHome: string;
  /** Home of the server's user. */
  readonly userHome: string;
  /** Name of the machine. */
  readonly hostname: string;
}

/**
 * Describes this machine.
 *
 * Source: exec-server protocol, section 11.1.
 *
 * @param variables the server's environment
 * @param capabilities what this server offers; names that are absent are not offered
 * @param sandbox which walls stand by now
 */
export async function describeEnvironment(
  variables: Readonly<Record<string, string>>,
  capabilities: Readonly<Record<string, boolean>>,
  sandbox: () => EnvironmentInfo["sandbox"] = () => undefined,
): Promise<ExecutorEnvironment> {
  const account = loginAccount();
  const shell = findShell(account);
  const userHome = homeOf(variables, account);
  const { TMPDIR: temporary } = variables;
  const info: EnvironmentInfo = {
    shell,
    executorVersion: VERSION,
    providerId: await providerId(),
    cwd: workingDirectory(),
    userHomeDir: toFileUri(userHome),
    platformOs: Deno.build.os === "darwin" ? "macos" : Deno.build.os,
    prependPathDirs: [],
    temporaryDirectories: temporary === undefined || !temporary.startsWith("/") ? [] : [toFileUri(temporary)],
    tempDir: toFileUri(temporary?.startsWith("/") ? temporary : "/tmp"),
    capabilities: { ...capabilities },
  };
  return {
    get info() {
      const known = sandbox();
      return known === undefined ? info : { ...info, sandbox: known };
    },
    shell: shell.path,
    codexHome: variables.CODEX_HOME?.startsWith("/") ? variables.CODEX_HOME : `${userHome}/.codex`,
    userHome,
    hostname: Deno.hostname(),
  };
}

function homeOf(variables: Readonly<Record<string, string>>, account: Account | undefined): string {
  const home = variables.HOME ?? account?.home;
  return home?.startsWith("/") ? home : "/";
}

function workingDirectory(): string | null {
  try {
    return toFileUri(Deno.cwd());
  } catch {
    // it was removed under the server
    return null;
  }
}

/** Stable for this program on this machine, whatever its user, directory and configuration. */
async function providerId(): Promise<string> {
  const source = new TextEncoder().encode(`exec-server\n${Deno.hostname()}\n${import.meta.url}`);
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", source));
  return `sha256:${digest.toHex()}`;
}
