import { ErrorCode, type Filesystem, LIMITS, normalizePath, RpcError } from "../../protocol/mod.ts";
import { ancestors, childPath, findUp, metadataIfThere } from "./find_up.ts";
import { pipeline } from "./pipeline.ts";

/** Names looked for in each directory, the first that is a file counts. */
const NAMES = ["AGENTS.override.md", "AGENTS.md"] as const;
const DEFAULT_MAX_BYTES = 32_768;

/** Settings of {@linkcode discoverAgentsMd}. */
export interface AgentsMdOptions {
  /** Names that mark the root of a project; default `.git`. An empty list makes the cwd the root. */
  readonly rootMarkers?: readonly string[];
  /** Further file names to accept, after `AGENTS.override.md` and `AGENTS.md`. */
  readonly fallbackFilenames?: readonly string[];
  /** Bytes of all files together; default 32768, 0 means none. */
  readonly maxBytes?: number;
}

/** One file of instructions. */
export interface AgentsMdFile {
  /** Absolute path in its environment. */
  readonly path: string;
  /** Its text, cut at the budget; bytes that are not UTF-8 are replaced. */
  readonly text: string;
}

/**
 * Finds the instructions for agents that hold in a directory: one file a directory, from the project's root down.
 *
 * Source: environments, section 7.7. They are read through the environment, without a sandbox.
 *
 * @param cwd absolute directory in the environment
 * @throws {RpcError} when something is there that cannot be read
 */
export async function discoverAgentsMd(
  filesystem: Filesystem,
  cwd: string,
  options: AgentsMdOptions = {},
): Promise<AgentsMdFile[]> {
  const { rootMarkers = [".git"], fallbackFilenames = [], maxBytes = DEFAULT_MAX_BYTES } = options;
  if (maxBytes === 0) return [];
  const start = normalizePath(cwd);
  const root = await findUp(filesystem, start, rootMarkers) ?? start;
  const names = [...new Set([...NAMES, ...fallbackFilenames.filter((name) => name !== "")])];
  const directories = ancestors(start).filter((directory) => isWithin(root, directory)).toReversed();
  const paths: string[] = [];
  const found = pipeline(directories, LIMITS.maxPipelinedCalls, (directory) => firstFile(filesystem, directory, names));
  for await (const path of found) if (path !== undefined) paths.push(path);
  return await readWithin(filesystem, paths, maxBytes);
}

function isWithin(root: string, directory: string): boolean {
  return root === "/" || directory === root || directory.startsWith(`${root}/`);
}

async function firstFile(
  filesystem: Filesystem,
  directory: string,
  names: readonly string[],
): Promise<string | undefined> {
  const candidates = pipeline(names, LIMITS.maxPipelinedCalls, async (name) => {
    const path = childPath(directory, name);
    return { path, metadata: await metadataIfThere(filesystem, path) };
  });
  for await (const { path, metadata } of candidates) if (metadata?.isFile) return path;
  return undefined;
}

/** Reads files until the budget is used up; blank ones cost nothing and are left out. */
async function readWithin(filesystem: Filesystem, paths: readonly string[], maxBytes: number): Promise<AgentsMdFile[]> {
  const files: AgentsMdFile[] = [];
  let left = maxBytes;
  // not all at once: what does not fit is not read
  for (const path of paths) {
    if (left === 0) break;
    const bytes = (await readIfThere(filesystem, path))?.subarray(0, left) ?? new Uint8Array();
    const text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
    if (text.trim() === "") continue;
    files.push({ path, text });
    left -= bytes.length;
  }
  return files;
}

async function readIfThere(filesystem: Filesystem, path: string): Promise<Uint8Array | undefined> {
  try {
    return await filesystem.readFile(path);
  } catch (error) {
    // it was there a moment ago
    if (error instanceof RpcError && error.code === ErrorCode.NotFound) return undefined;
    throw error;
  }
}
