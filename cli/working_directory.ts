import { resolve } from "@std/path";
import type { Environment } from "../client/mod.ts";
import { type EnvironmentInfo, ErrorCode, parsePath, type PathForm, RpcError } from "../protocol/mod.ts";

/** What commands need to know about an executor. */
export interface ExecutorFacts {
  /** Absolute directory that relative paths are meant from. */
  readonly cwd: string;
  /** How it takes paths in sandbox contexts. */
  readonly form: PathForm;
  /** Additions it offers. */
  readonly capabilities: Readonly<Record<string, boolean>>;
}

/**
 * Asks an executor what commands need to know.
 *
 * @param cwd `--cwd`: absolute, or relative to the executor's own directory (on this machine, to the current one)
 * @throws {Error} when the executor does not tell its directory and none is given; {ClientError} when it is not reached
 */
export async function executorFacts(environment: Environment, cwd: string | undefined): Promise<ExecutorFacts> {
  const info = await infoIfTold(environment);
  const form = info === undefined ? "native" : "uri";
  const capabilities = info?.capabilities ?? {};
  if (cwd?.startsWith("/")) return { cwd: resolve(cwd), form, capabilities };
  const base = environment.isRemote ? info?.cwd ?? info?.userHomeDir : Deno.cwd();
  if (base === undefined || base === null) {
    throw new Error("the executor does not tell its directory: give an absolute --cwd");
  }
  return { cwd: resolve(parsePath(base).path, cwd ?? "."), form, capabilities };
}

/** Servers of 0.130 do not tell. */
async function infoIfTold(environment: Environment): Promise<EnvironmentInfo | undefined> {
  try {
    return await environment.info();
  } catch (error) {
    if (error instanceof RpcError && error.code === ErrorCode.MethodNotFound) return undefined;
    throw error;
  }
}
