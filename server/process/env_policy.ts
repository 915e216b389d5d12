import type { EnvPolicy } from "../../protocol/mod.ts";

const CORE = new Set([
  "HOME",
  "LANG",
  "LC_ALL",
  "LC_CTYPE",
  "LOGNAME",
  "PATH",
  "SHELL",
  "TEMP",
  "TMP",
  "TMPDIR",
  "USER",
]);
const DEFAULT_EXCLUDES = ["*KEY*", "*SECRET*", "*TOKEN*"];
const NEVER_INHERITED = "CODEX_EXEC_SERVER_EXIT_ON_STDIN_CLOSE";

/**
 * Makes a child's environment from the server's, the policy and the overlay of the request.
 *
 * Source: exec-server protocol, section 7.4.
 *
 * @param server the server's own environment
 * @param policy how much of it the child gets; without one it gets nothing
 * @param overlay variables of the request: never filtered, they win over everything
 */
export function childEnvironment(
  server: Readonly<Record<string, string>>,
  policy: EnvPolicy | null | undefined,
  overlay: Readonly<Record<string, string>>,
): Map<string, string> {
  const env = policy === null || policy === undefined ? new Map<string, string>() : fromPolicy(server, policy);
  for (const [name, value] of Object.entries(overlay)) env.set(name, value);
  env.delete(NEVER_INHERITED);
  return env;
}

function fromPolicy(server: Readonly<Record<string, string>>, policy: EnvPolicy): Map<string, string> {
  const excludes = [...(policy.ignoreDefaultExcludes ? [] : DEFAULT_EXCLUDES), ...policy.exclude];
  const excluded = matcher(excludes);
  const env = new Map<string, string>();
  if (policy.inherit !== "none") {
    for (const [name, value] of Object.entries(server)) {
      if (policy.inherit === "core" && !CORE.has(name.toUpperCase())) continue;
      if (!excluded(name)) env.set(name, value);
    }
  }
  for (const [name, value] of Object.entries(policy.set)) env.set(name, value);
  if (policy.includeOnly.length > 0) {
    const included = matcher(policy.includeOnly);
    for (const name of [...env.keys()]) if (!included(name)) env.delete(name);
  }
  return env;
}

/** `*` is any run, `?` one character, all else literal; whole name, any case. */
function matcher(patterns: readonly string[]): (name: string) => boolean {
  const expressions = patterns.filter((pattern) => pattern !== "").map((pattern) => {
    const source = pattern.replace(/[\\^$.*+?()[\]{}|]/g, (c) => c === "*" ? ".*" : c === "?" ? "." : `\\${c}`);
    return new RegExp(`^${source}$`, "isu");
  });
  return (name) => expressions.some((expression) => expression.test(name));
}
