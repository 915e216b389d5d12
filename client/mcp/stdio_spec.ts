import type { EnvPolicy, ProcessSpec } from "../../protocol/mod.ts";
import { McpError } from "./mcp_error.ts";
import type { McpStdioServer } from "./server_config.ts";

/** What a stdio server gets of the environment it runs in; the rest has to be named. */
const ALLOWED = [
  "HOME",
  "LOGNAME",
  "PATH",
  "SHELL",
  "USER",
  "__CF_USER_TEXT_ENCODING",
  "LANG",
  "LC_ALL",
  "TERM",
  "TMPDIR",
  "TZ",
] as const;
/** Further ones that programs on Windows cannot do without. */
const ALLOWED_ON_WINDOWS = ["SYSTEMROOT", "TEMP", "TMP", "SYSTEMDRIVE", "LOCALAPPDATA"] as const;

let started = 0;

/** What the client knows that starts a stdio server. */
export interface StdioSpecOptions {
  /** Whether it runs on an executor. */
  readonly isRemote: boolean;
  /** The client's environment. */
  readonly variables: Readonly<Record<string, string>>;
  /** Where it runs when its configuration does not say; local only. */
  readonly fallbackCwd: string;
}

/**
 * How to start a stdio server. Locally it gets an allow-list of the client's variables; on an executor one of the
 * executor's, and nothing of the client's but what is named.
 *
 * Source: HTTP and MCP, section 3.6.
 *
 * @throws {McpError} when the configuration does not fit where it runs
 */
export function stdioSpec(config: McpStdioServer, options: StdioSpecOptions): ProcessSpec {
  const spec = options.isRemote ? remoteSpec(config, options) : localSpec(config, options);
  return { ...spec, processId: `mcp-stdio-${++started}`, tty: false, pipeStdin: true };
}

type Placed = Pick<ProcessSpec, "argv" | "cwd" | "env" | "envPolicy">;

function localSpec(config: McpStdioServer, { variables, fallbackCwd }: StdioSpecOptions): Placed {
  const remote = config.variables.find(({ source }) => source === "remote");
  if (remote !== undefined) {
    throw new McpError(`env_vars entry \`${remote.name}\` uses source \`remote\`, which requires remote MCP stdio`);
  }
  const named = config.variables.map(({ name }) => name);
  return {
    argv: [config.command, ...config.args],
    cwd: config.cwd ?? fallbackCwd,
    env: { ...pick(variables, [...ALLOWED, ...named]), ...config.env },
  };
}

function remoteSpec(config: McpStdioServer, { variables }: StdioSpecOptions): Placed {
  const { cwd } = config;
  if (cwd === undefined) throw new McpError("executor stdio server requires an explicit cwd");
  if (!isAbsolute(cwd)) throw new McpError(`path \`${cwd}\` is not absolute`);
  const named = (source: string) =>
    config.variables.filter((variable) => variable.source === source).map(({ name }) => name);
  const env = { ...pick(variables, named("local")), ...config.env };
  checkUnicode("command", [config.command]);
  checkUnicode("argument", config.args);
  checkUnicode("environment variable name", Object.keys(env));
  checkUnicode("environment variable value", Object.values(env));
  return { argv: [config.command, ...config.args], cwd, env, envPolicy: envPolicy(env, named("remote")) };
}

function envPolicy(env: Readonly<Record<string, string>>, remote: readonly string[]): EnvPolicy {
  const policy = { ignoreDefaultExcludes: true, exclude: [] };
  if (remote.length === 0) return { ...policy, inherit: "core", set: {}, includeOnly: [] };
  return { ...policy, inherit: "all", set: { ...env }, includeOnly: [...ALLOWED, ...remote, ...ALLOWED_ON_WINDOWS] };
}

function pick(variables: Readonly<Record<string, string>>, names: readonly string[]): Record<string, string> {
  const picked: Record<string, string> = {};
  for (const name of names) {
    const value = variables[name];
    if (value !== undefined) picked[name] = value;
  }
  return picked;
}

/** The executor may run another system than the client. */
function isAbsolute(path: string): boolean {
  return path.startsWith("/") || /^[A-Za-z]:[\\/]/.test(path) || path.startsWith("\\\\") || path.startsWith("file:");
}

function checkUnicode(what: string, texts: readonly string[]): void {
  if (!texts.every((text) => text.isWellFormed())) {
    throw new McpError(`${what} must be valid Unicode for remote MCP stdio`);
  }
}
