import { internalError } from "../../protocol/errors.ts";
import { compileGlob, literalName, splitComponents } from "../glob.ts";
import { accessOf, isAtOrBelow, type Policy } from "../policy.ts";

/** A name in a directory. */
export interface ListedName {
  /** The name alone. */
  readonly name: string;
  /** Whether it is a directory itself, and not a link to one. */
  readonly isDirectory: boolean;
  /** Whether it is a symbolic link. */
  readonly isLink: boolean;
}

/** Names in a directory, nothing for one that is missing or cannot be looked into. */
export type ListDirectory = (path: string) => readonly ListedName[];

/** Matches of one pattern, as the original bounds them. */
const MAX_MATCHES = 8192;
/** Own: names looked at for all patterns of one start, since the server answers nobody meanwhile (about 0.3 s). */
const MAX_VISITED = 100_000;

/**
 * Existing paths that the deny globs of a policy match and that it would let be read. Mounts can only cover what exists
 * when the process starts. Unlike the original directories are covered, too; a link is not, since what it leads to is
 * covered by its own name.
 *
 * Source: exec-server permissions, section 2.5.
 *
 * @param maxDepth how deep below the fixed beginning of a pattern to look; 1 is the directory itself
 * @throws {RpcError} -32603 for a pattern that starts with a wildcard at the root, or too many matches or names
 */
export function matchDenyGlobs(policy: Policy, maxDepth: number | undefined, list: ListDirectory): string[] {
  const found = new Set<string>();
  let left = MAX_VISITED;
  for (const pattern of policy.denyGlobs) {
    const { root, depth } = searchOf(pattern);
    const glob = compileGlob(pattern);
    if (root === "/") {
      throw internalError(
        `unreadable glob \`${pattern}\` cannot be safely expanded; use a pattern with a non-root directory prefix`,
      );
    }
    let matches = 0;
    const visit = (directory: string, level: number): void => {
      for (const { name, isDirectory, isLink } of list(directory)) {
        if (--left < 0) throw tooMuch(root, `more than ${MAX_VISITED} names have to be looked at`);
        const path = `${directory}/${name}`;
        if (isLink) continue;
        if (glob.matches(path)) {
          if (++matches > MAX_MATCHES) throw tooMuch(root, `matched more than ${MAX_MATCHES} paths`);
          found.add(path);
        } else if (isDirectory && level < Math.min(depth, maxDepth ?? Infinity)) visit(path, level + 1);
      }
    };
    if (glob.matches(root)) found.add(root);
    else visit(root, 1);
  }
  return [...found].filter((path) => isVisible(policy, path)).sort();
}

/** The fixed beginning of a pattern, and how many levels below it a match can be. */
function searchOf(pattern: string): { root: string; depth: number } {
  const components = splitComponents(pattern);
  const names = components.map(literalName);
  const wild = names.indexOf(undefined);
  if (wild === -1) return { root: `/${names.join("/")}`, depth: 0 };
  const rest = components.slice(wild);
  return { root: `/${names.slice(0, wild).join("/")}`, depth: rest.includes("**") ? Infinity : rest.length };
}

/** Whether a match would be reachable if it were not masked. */
function isVisible(policy: Policy, path: string): boolean {
  const open: Policy = { ...policy, denyGlobs: [] };
  return accessOf(open, path) !== "none" ||
    policy.entries.some(({ path: entry, access }) => access !== "deny" && isAtOrBelow(entry, path));
}

function tooMuch(directory: string, what: string): Error {
  return internalError(`unreadable glob expansion for ${directory} ${what}`);
}
