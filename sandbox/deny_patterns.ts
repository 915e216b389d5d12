import { internalError } from "../protocol/errors.ts";
import { projectRoots } from "../protocol/project_roots.ts";
import { escapeName, literalName, splitComponents } from "./glob.ts";
import type { HostFacts } from "./host_facts.ts";
import { crossedLink, crossesLink } from "./link_crossing.ts";
import { traceLinks } from "./link_trace.ts";
import { PROJECT_ROOTS_GLOB_PREFIX, type SandboxRequest } from "./profile.ts";

/**
 * A deny glob as absolute patterns: one, or one for each workspace root. Absolute as it is, `~/` from the server user's
 * home, otherwise from the cwd; `.` and `..` are removed.
 *
 * Source: exec-server permissions, sections 1.3 and 2.5.
 *
 * @throws {RpcError} -32603 for a pattern that cannot be enforced as it is meant
 */
export function absolutePatterns(
  pattern: string,
  request: Pick<SandboxRequest, "cwd" | "workspaceRoots">,
  host: Pick<HostFacts, "home">,
): string[] {
  return unresolvedPatterns(pattern, request, host).map((absolute) => withoutDots(absolute, pattern));
}

function unresolvedPatterns(
  pattern: string,
  request: Pick<SandboxRequest, "cwd" | "workspaceRoots">,
  { home }: Pick<HostFacts, "home">,
): string[] {
  if (pattern.startsWith(PROJECT_ROOTS_GLOB_PREFIX)) {
    const rest = pattern.slice(PROJECT_ROOTS_GLOB_PREFIX.length);
    return projectRoots(request).map((root) => `${escapeName(root)}/${rest}`);
  }
  if (pattern.startsWith("/")) return [pattern];
  if (pattern === "~" || pattern.startsWith("~/")) {
    if (home === undefined || !home.startsWith("/")) throw unenforceable(pattern, "this host has no home directory");
    return [`${escapeName(home)}${pattern.slice(1)}`];
  }
  if (request.cwd === undefined) throw unenforceable(pattern, "it needs a cwd");
  return [`${escapeName(request.cwd)}/${pattern}`];
}

function withoutDots(absolute: string, pattern: string): string {
  const kept: string[] = [];
  for (const component of splitComponents(absolute)) {
    if (/[{}]/.test(component.replaceAll(/\\[^]/g, ""))) throw unenforceable(pattern, "braces have no meaning in it");
    if (component === ".") continue;
    if (component !== "..") kept.push(component);
    else if (literalName(kept.pop() ?? "") === undefined) throw unenforceable(pattern, "`..` follows a wildcard");
  }
  return `/${kept.join("/")}`;
}

function unenforceable(pattern: string, reason: string): Error {
  return internalError(`unreadable glob \`${pattern}\` cannot be safely expanded: ${reason}`);
}

/**
 * An absolute pattern and, when its fixed beginning leads through links, the same pattern below the real directory:
 * globs are matched on real paths.
 *
 * Source: exec-server permissions, sections 2.5 and 4.6.
 *
 * @throws {RpcError} -32603 when one of these links could be exchanged by whoever the policy holds
 */
export function withRealPrefix(
  pattern: string,
  writableRoots: readonly string[],
  host: Pick<HostFacts, "lstat" | "readLink">,
): string[] {
  const components = splitComponents(pattern);
  const names = components.map(literalName);
  const wild = names.indexOf(undefined);
  const fixed = wild === -1 ? names.length : wild;
  const prefix = `/${names.slice(0, fixed).join("/")}`;
  const trace = traceLinks(prefix, host);
  if (trace.links.length === 0) return [pattern];
  const crossed = crossedLink(trace, writableRoots);
  if (crossed !== undefined) throw crossesLink("deny-read", pattern, crossed);
  const real = splitComponents(escapeName(trace.real));
  return [pattern, `/${[...real, ...components.slice(fixed)].join("/")}`];
}
