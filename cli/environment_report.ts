import { type Environment, RemoteEnvironment } from "../client/mod.ts";
import { type EnvironmentInfo, ErrorCode, parsePath, RpcError } from "../protocol/mod.ts";

/** Whether an environment can be used. */
export interface EnvironmentCheck {
  /** Its id. */
  readonly id: string;
  /** Whether it answered. */
  readonly reachable: boolean;
  /** What it is, or why it did not answer. */
  readonly detail: string;
  /** How long that took, ms. */
  readonly tookMs: number;
}

/** What an environment is, in one line: no tokens, no values of variables. */
export function describeTarget(environment: Environment): string {
  if (!(environment instanceof RemoteEnvironment)) return "this machine";
  const { target } = environment;
  if (target.kind === "url") {
    return `${withoutSecrets(target.url)}${target.headers?.authorization === undefined ? "" : ", with a bearer token"}`;
  }
  if (target.kind === "registry") {
    return `environment ${target.environmentId} at ${withoutSecrets(target.registryUrl)}, over Noise`;
  }
  const words = [target.program, ...target.args].map((word) =>
    /^[\w@%+=:,./-]+$/.test(word) ? word : JSON.stringify(word)
  );
  const names = Object.keys(target.env);
  const where = target.cwd === undefined ? "" : `, in ${target.cwd}`;
  return `${words.join(" ")}${where}${names.length === 0 ? "" : `, with ${names.join(", ")} set`}`;
}

/** Connects to an environment and asks what it is. Never fails. */
export async function checkEnvironment(environment: Environment): Promise<EnvironmentCheck> {
  const started = performance.now();
  const result = (reachable: boolean, detail: string) => {
    return { id: environment.id, reachable, detail, tookMs: Math.round(performance.now() - started) };
  };
  try {
    return result(true, describeInfo(await environment.info()));
  } catch (error) {
    // a server of 0.130 answers, but has nothing to tell
    if (error instanceof RpcError && error.code === ErrorCode.MethodNotFound) {
      return result(true, "codex 0.130 or older");
    }
    return result(false, error instanceof Error ? error.message : String(error));
  }
}

function describeInfo({ executorVersion, platformOs, shell, cwd }: EnvironmentInfo): string {
  const parts = [
    executorVersion === undefined ? undefined : `version ${executorVersion}`,
    platformOs,
    shell.name,
    typeof cwd === "string" ? parsePath(cwd).path : undefined,
  ];
  return parts.filter((part) => part !== undefined).join(", ");
}

function withoutSecrets(url: string): string {
  return url.replace(/\/\/[^/@]*@/, "//").replace(/[?#].*$/, "");
}
