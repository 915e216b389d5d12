import { parse as parseJsonc } from "@std/jsonc";
import { parse as parseToml } from "@std/toml";
import { ConfigValueError } from "./config_value.ts";
import { type EnvironmentsConfig, readEnvironmentsConfig } from "./environments_config.ts";
import { EnvironmentError } from "./environment_error.ts";

/** Names of the configuration files; only one of them may exist in a folder. */
const FILES = [
  { name: "environments.toml", parse: parseToml },
  { name: "environments.jsonc", parse: (text: string): unknown => text.trim() === "" ? {} : parseJsonc(text) },
] as const;

/**
 * Reads `environments.toml`, or `environments.jsonc` with the same keys, from a folder.
 *
 * Source: environments, section 4.3; the second form is an addition.
 *
 * @param folder CODEX_HOME
 * @returns the typed content, or undefined when neither file exists
 * @throws {EnvironmentError} naming the file, when it cannot be read or has something unknown in it, or both exist
 */
export async function readEnvironmentsFile(folder: string): Promise<EnvironmentsConfig | undefined> {
  const found: { path: string; text: string; parse: (text: string) => unknown }[] = [];
  for (const { name, parse } of FILES) {
    const path = `${folder.replace(/\/+$/, "")}/${name}`;
    const text = await readIfThere(path);
    if (text !== undefined) found.push({ path, text, parse });
  }
  const [first, second] = found;
  if (first === undefined) return undefined;
  if (second !== undefined) {
    throw new EnvironmentError(`environment configs \`${first.path}\` and \`${second.path}\` exclude each other`);
  }
  try {
    return readEnvironmentsConfig(first.parse(first.text));
  } catch (error) {
    const text = error instanceof ConfigValueError ? error.text : syntaxFault(error as Error);
    throw new EnvironmentError(`failed to parse environment config \`${first.path}\`: ${text}`, { cause: error });
  }
}

async function readIfThere(path: string): Promise<string | undefined> {
  let bytes: Uint8Array;
  try {
    await Deno.stat(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw new EnvironmentError(`failed to inspect environment config \`${path}\`: ${reason(error)}`, { cause: error });
  }
  try {
    bytes = await Deno.readFile(path);
  } catch (error) {
    throw new EnvironmentError(`failed to read environment config \`${path}\`: ${reason(error)}`, { cause: error });
  }
  try {
    // a byte order mark is dropped
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    const text = `failed to read environment config \`${path}\`: stream did not contain valid UTF-8`;
    throw new EnvironmentError(text, { cause });
  }
}

/** The system's text without what Deno adds: `Is a directory (os error 21)`. */
function reason(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return /^.*?\(os error \d+\)/.exec(message)?.[0] ?? message;
}

/** Where the syntax is wrong; what stands there may be a token and is left out. */
function syntaxFault({ message }: Error): string {
  return /^Parse error on line \d+, column \d+/.exec(message)?.[0] ??
    /(?:end of JSONC input|token in JSONC at position \d+)$/.exec(message.replace(/ "[^]*" in/, " in"))?.[0].replace(
      /^/,
      "unexpected ",
    ) ??
    "invalid syntax";
}
