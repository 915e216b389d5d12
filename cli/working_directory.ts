import { resolve } from "@std/path";
import type { Environment } from "../client/mod.ts";
import { type EnvironmentInfo, ErrorCode, parsePath, RpcError } from "../protocol/mod.ts";

/**
 * The absolute directory that a command works in.
 *
 * @param cwd `--cwd`: absolute, or relative to the executor's own directory (on this machine, to the current one)
 * @throws {Error} when the executor does not tell its directory and none is given; {ClientError} when it is not reached
 */
export async function workingDirectory(environment: Environment, cwd: string | undefined): Promise<string> {
  if (cwd?.startsWith("/")) return resolve(cwd);
  const info = await infoIfTold(environment);
  const base = environment.isRemote ? info?.cwd ?? info?.userHomeDir : Deno.cwd();
  if (base === undefined || base === null) {
    throw new Error("the executor does not tell its directory: give an absolute --cwd");
  }
  return resolve(parsePath(base).path, cwd ?? ".");
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
