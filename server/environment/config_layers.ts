import { dirname, join } from "@std/path";
import { parse, stringify } from "@std/toml";
import { internalError, toFileUri } from "../../protocol/mod.ts";

/** One configuration file as far as it was asked for. */
export interface ConfigLayer {
  /** What it is, with its path. */
  readonly source: string;
  /** Directory relative paths in it are taken from, as a URI. */
  readonly baseDir: string;
  /** TOML of the requested keys only. */
  readonly toml: string;
}

/** Layers from the weakest to the strongest. */
export interface ConfigLayers {
  readonly layers: ConfigLayer[];
  /** Where a client inserts layers it has from elsewhere. */
  readonly cloudInsertionIndex: number;
}

type Table = Record<string, unknown>;

const SYSTEM_DIRECTORY = "/etc/codex";

/**
 * Reads the requested keys of the system's, the user's and the trusted project's configuration files.
 *
 * @param systemDirectory where the machine's files are; tests put them elsewhere
 * @throws {RpcError} -32603 naming a file that is not TOML
 */
export async function readConfigLayers(
  cwd: string,
  codexHome: string,
  paths: readonly (readonly string[])[],
  systemDirectory: string = SYSTEM_DIRECTORY,
): Promise<ConfigLayers> {
  if (paths.length === 0) return { layers: [], cloudInsertionIndex: 0 };
  const systemFile = join(systemDirectory, "config.toml");
  const userFile = join(codexHome, "config.toml");
  const system = await readTable(systemFile);
  const user = await readTable(userFile);
  const layers: ConfigLayer[] = [];
  if (system !== undefined) layers.push(layerOf(`system (${systemFile})`, systemFile, system, paths));
  const cloudInsertionIndex = layers.length;
  if (user !== undefined) layers.push(layerOf(`user (${userFile})`, userFile, user, paths));
  for (const directory of await trustedProject(cwd, user)) {
    const file = join(directory, ".codex", "config.toml");
    const table = file === userFile ? undefined : await readTable(file);
    if (table !== undefined) layers.push(layerOf(`project (${file})`, file, table, paths));
  }
  return { layers, cloudInsertionIndex };
}

/** Reads the requested keys of the machine's requirements file. @throws {RpcError} -32603 when it is not TOML */
export async function readRequirementLayers(
  paths: readonly (readonly string[])[],
  systemDirectory: string = SYSTEM_DIRECTORY,
): Promise<ConfigLayers> {
  const file = join(systemDirectory, "requirements.toml");
  const table = paths.length === 0 ? undefined : await readTable(file);
  const layers = table === undefined ? [] : [layerOf(file, file, table, paths)];
  return { layers, cloudInsertionIndex: layers.length };
}

async function readTable(file: string): Promise<Table | undefined> {
  let text: string;
  try {
    text = await Deno.readTextFile(file);
  } catch {
    return undefined;
  }
  try {
    return parse(text);
  } catch (cause) {
    throw internalError(`invalid TOML in ${file}: ${cause instanceof Error ? cause.message : cause}`, { cause });
  }
}

function layerOf(source: string, file: string, table: Table, paths: readonly (readonly string[])[]): ConfigLayer {
  return { source, baseDir: toFileUri(dirname(file)), toml: stringify(select(table, paths)).trimStart() };
}

/** A copy of the table with nothing but the values at the given key paths. */
function select(table: Table, paths: readonly (readonly string[])[]): Table {
  const selected: Table = {};
  for (const [key, ...rest] of paths) {
    if (key === undefined || !Object.hasOwn(table, key)) continue;
    const value = table[key];
    if (rest.length === 0) selected[key] = value;
    else if (isTable(value)) selected[key] = { ...(selected[key] as Table | undefined), ...select(value, [rest]) };
  }
  return selected;
}

/** Directories from the project's root down to cwd, if the user trusts the project. */
async function trustedProject(cwd: string, user: Table | undefined): Promise<string[]> {
  const chain = [cwd];
  while (chain[0] !== "/" && !(await exists(join(chain[0] as string, ".git")))) {
    chain.unshift(dirname(chain[0] as string));
  }
  const directories = chain[0] === "/" ? [cwd] : chain;
  const projects = user?.projects;
  const project = isTable(projects) ? projects[directories[0] as string] : undefined;
  return isTable(project) && project.trust_level === "trusted" ? directories : [];
}

async function exists(path: string): Promise<boolean> {
  try {
    await Deno.lstat(path);
    return true;
  } catch {
    return false;
  }
}

function isTable(value: unknown): value is Table {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Date);
}
