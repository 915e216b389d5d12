import { bearerHeaders } from "./websocket_headers.ts";
import { EnvironmentError } from "./environment_error.ts";
import { DEFAULT_TIMEOUT_MS, type NamedTarget, type ProgramTarget, type UrlTarget } from "./environment_target.ts";
import type { EnvironmentEntry } from "./environments_config.ts";
import { trimWhiteSpace } from "./trim.ts";
import { checkWebSocketUrl } from "./websocket_url.ts";

const MAX_ID_BYTES = 64;

/**
 * Checks one entry of the configuration file and says what it means.
 *
 * Source: environments, section 4.2 rules 1 to 13 and 15, in this order.
 *
 * @param taken ids of earlier entries
 * @param configDir absolute folder that a relative `cwd` is joined to
 * @throws {EnvironmentError} with the original's text
 */
export function resolveEntry(
  entry: EnvironmentEntry,
  taken: ReadonlySet<string>,
  configDir: string | undefined,
): NamedTarget {
  const { id, url, program } = entry;
  checkId(id);
  if (program === undefined && (entry.args ?? entry.env ?? entry.cwd) !== undefined) {
    throw new EnvironmentError(`environment \`${id}\` args, env, and cwd require program`);
  }
  for (const key of ["connect_timeout_sec", "auth_bearer_token"] as const) {
    if (url === undefined && entry[key] !== undefined) {
      throw new EnvironmentError(`environment \`${id}\` ${key} requires url`);
    }
  }
  let target: UrlTarget | ProgramTarget;
  if (url !== undefined && program === undefined) target = urlTarget(url, entry);
  else if (url === undefined && program !== undefined) target = programTarget(program, entry, configDir);
  else throw new EnvironmentError(`environment \`${id}\` must set exactly one of url or program`);
  if (taken.has(id)) throw new EnvironmentError(`environment id \`${id}\` is duplicated`);
  if (target.kind === "program" || entry.auth_bearer_token === undefined) return { id, target };
  return { id, target: { ...target, headers: bearerHeaders(target.url, entry.auth_bearer_token) } };
}

function checkId(id: string): void {
  const trimmed = trimWhiteSpace(id);
  if (trimmed === "") throw new EnvironmentError("environment id cannot be empty");
  if (trimmed !== id) throw new EnvironmentError(`environment id \`${id}\` must not contain surrounding whitespace`);
  if (id === "local" || id.toLowerCase() === "none") throw new EnvironmentError(`environment id \`${id}\` is reserved`);
  if (new TextEncoder().encode(id).length > MAX_ID_BYTES) {
    throw new EnvironmentError(`environment id \`${id}\` cannot be longer than ${MAX_ID_BYTES} characters`);
  }
  if (!/^[A-Za-z0-9_-]+$/.test(id)) {
    throw new EnvironmentError(`environment id \`${id}\` must contain only ASCII letters, numbers, '-' or '_'`);
  }
}

function urlTarget(rawUrl: string, entry: EnvironmentEntry): UrlTarget {
  const url = trimWhiteSpace(rawUrl);
  checkWebSocketUrl(url);
  return {
    kind: "url",
    url,
    connectTimeoutMs: entry.connect_timeout_sec ?? DEFAULT_TIMEOUT_MS,
    initializeTimeoutMs: entry.initialize_timeout_sec ?? DEFAULT_TIMEOUT_MS,
  };
}

function programTarget(rawProgram: string, entry: EnvironmentEntry, configDir: string | undefined): ProgramTarget {
  const program = trimWhiteSpace(rawProgram);
  if (program === "") throw new EnvironmentError(`environment \`${entry.id}\` program cannot be empty`);
  return {
    kind: "program",
    program,
    args: entry.args ?? [],
    env: entry.env ?? {},
    cwd: absoluteCwd(entry, configDir),
    initializeTimeoutMs: entry.initialize_timeout_sec ?? DEFAULT_TIMEOUT_MS,
  };
}

function absoluteCwd({ id, cwd }: EnvironmentEntry, configDir: string | undefined): string | undefined {
  if (cwd === undefined || cwd.startsWith("/")) return cwd;
  if (configDir === undefined) throw new EnvironmentError(`environment \`${id}\` cwd must be absolute`);
  return cwd === "" ? configDir : `${configDir}/${cwd}`;
}
