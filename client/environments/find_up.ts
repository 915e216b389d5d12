import {
  ErrorCode,
  type FileMetadata,
  type Filesystem,
  LIMITS,
  normalizePath,
  RpcError,
  type SandboxOption,
} from "../../protocol/mod.ts";
import { pipeline } from "./pipeline.ts";

/** A directory and every one above it, the nearest first. @param path absolute and normalised */
export function ancestors(path: string): string[] {
  const found = [path];
  for (let slash = path.lastIndexOf("/"); slash > 0; slash = path.lastIndexOf("/", slash - 1)) {
    found.push(path.slice(0, slash));
  }
  if (path !== "/") found.push("/");
  return found;
}

/** A name in a directory. */
export function childPath(directory: string, name: string): string {
  return directory === "/" ? `/${name}` : `${directory}/${name}`;
}

/** What a path is, or undefined when there is nothing. @throws {RpcError} when that cannot be told */
export async function metadataIfThere(
  filesystem: Filesystem,
  path: string,
  options?: SandboxOption,
): Promise<FileMetadata | undefined> {
  try {
    return await filesystem.getMetadata(path, options);
  } catch (error) {
    if (error instanceof RpcError && error.code === ErrorCode.NotFound) return undefined;
    throw error;
  }
}

/**
 * Finds the nearest directory, from `start` upwards, that holds something of one of the names. All questions are on the
 * way at once, so that it takes about one round trip.
 *
 * @param start absolute directory
 * @returns the directory, or undefined
 * @throws {RpcError} when a nearer directory cannot be looked at
 */
export async function findUp(
  filesystem: Filesystem,
  start: string,
  names: readonly string[],
  options?: SandboxOption,
): Promise<string | undefined> {
  const candidates = ancestors(normalizePath(start)).flatMap((directory) => names.map((name) => ({ directory, name })));
  const answers = pipeline(candidates, LIMITS.maxPipelinedCalls, async ({ directory, name }) => ({
    directory,
    found: await metadataIfThere(filesystem, childPath(directory, name), options) !== undefined,
  }));
  for await (const { directory, found } of answers) if (found) return directory;
  return undefined;
}
