import { denoGrants, denoPermissionList } from "./deno_flags_model.ts";
import { accessOf, type Policy, type PolicyEntry } from "./policy.ts";

/** One permission as Deno's configuration file writes it. */
export interface PathPermission {
  /** Granted with all below them. */
  readonly allow: readonly string[];
  /** Excepted with all below them. */
  readonly deny: readonly string[];
}

/** Deno's permissions for a policy. */
export interface DenoPermissions {
  /** For reading. */
  readonly read: PathPermission;
  /** For writing, creating and removing. */
  readonly write: PathPermission;
  /**
   * Whether they grant all that the policy's entries grant. They never grant more, but Deno misplaces nested entries in
   * rare lists and then grants less (Deno 2.9.6 sandbox facts, section 1.3): that matters to whoever works by Deno's own
   * file functions.
   */
  readonly exact: boolean;
}

/** How a `deno run` gets its permissions: by arguments alone, or by a configuration file that `-P` refers to. */
export type DenoFlags =
  | { readonly form: "flags"; readonly args: readonly string[] }
  /** To be run as `deno run -q --config FILE ...args`, where FILE holds the JSON text of `config`. */
  | { readonly form: "config"; readonly args: readonly string[]; readonly config: Record<string, unknown> };

/** The kernel takes 128 KiB in one argument; this is for all of them. */
const MAX_FLAG_LENGTH = 96 * 1024;
/** Further orders of the denies that are tried for a list that Deno misplaces. */
const MAX_ROTATIONS = 16;

/**
 * The path permissions of Deno for a policy: what may be read is allowed for reading, and so on, as the policy's entries
 * say. Deny globs cannot be expressed; they are left to the other walls.
 *
 * Source: Deno 2.9.6 sandbox facts, sections 1.3 and 6.
 *
 * @throws {Error} when Deno would grant more than the policy, as far as its own order of entries is known
 */
export function denoPermissions(policy: Policy): DenoPermissions {
  const grantsRead = new Map(policy.entries.map(({ path, access }) => [path, access !== "deny"]));
  const grantsWrite = new Map(policy.entries.map(({ path, access }) => [path, access === "write"]));
  const read = arranged("read", pathPermission(grantsRead), policy);
  const write = arranged("write", pathPermission(grantsWrite), policy);
  return { read: read.permission, write: write.permission, exact: read.exact && write.exact };
}

/** Entries that say what the next one above says anyway are left out: each costs time at every check. */
function pathPermission(grants: ReadonlyMap<string, boolean>): PathPermission {
  const above = (path: string): boolean => {
    for (let at = path; at !== "/";) {
      at = at.slice(0, at.lastIndexOf("/")) || "/";
      const granted = grants.get(at);
      if (granted !== undefined) return granted;
    }
    return false;
  };
  const needed = [...grants].filter(([path, granted]) => granted !== above(path));
  const pathsOf = (wanted: boolean) => needed.filter(([, granted]) => granted === wanted).map(([path]) => path).sort();
  return { allow: pathsOf(true), deny: pathsOf(false) };
}

/** The first order of the denies that Deno keeps as it is meant, or the plain one. */
function arranged(kind: "read" | "write", { allow, deny }: PathPermission, policy: Policy) {
  for (const order of orders(deny)) {
    const permission = { allow, deny: order };
    if (isExact(kind, permission, policy)) return { permission, exact: true };
  }
  return { permission: { allow, deny }, exact: false };
}

function* orders(deny: readonly string[]): Generator<readonly string[]> {
  yield deny;
  yield deny.toReversed();
  for (let i = 1; i < Math.min(deny.length, MAX_ROTATIONS); i++) yield [...deny.slice(i), ...deny.slice(0, i)];
}

/** Asks Deno's list about every entry, what lies below it, and what lies beside it. @throws {Error} if it grants more */
function isExact(kind: "read" | "write", { allow, deny }: PathPermission, policy: Policy): boolean {
  const list = denoPermissionList(allow, deny);
  const withoutGlobs: Policy = { ...policy, denyGlobs: [] };
  let exact = true;
  for (const path of probes(policy.entries)) {
    const access = accessOf(withoutGlobs, path);
    const granted = kind === "read" ? access !== "none" : access === "write";
    const given = denoGrants(list, path);
    if (given && !granted) {
      const text = `${kind} access to ${JSON.stringify(path)} would be granted`;
      throw new Error(`Cannot express the policy in Deno permissions: ${text}`);
    }
    if (given !== granted) exact = false;
  }
  return exact;
}

function* probes(entries: readonly PolicyEntry[]): Generator<string> {
  yield "/";
  yield "/\u{1}";
  for (const { path } of entries) {
    yield path;
    // no policy names such a child, so it stands for all that have no entry of their own
    yield path === "/" ? "/\u{1}" : `${path}/\u{1}`;
    yield path.slice(0, path.lastIndexOf("/")) || "/";
  }
}

/**
 * The arguments for `deno run`. A permission without any path is left out, since the bare flag means everything, and
 * paths with a comma, or very many of them, go into a configuration file.
 *
 * Source: Deno 2.9.6 sandbox facts, sections 1.2, 1.3 and 6.
 */
export function denoFlags({ read, write }: Pick<DenoPermissions, "read" | "write">): DenoFlags {
  const lists = [
    ["--allow-read", read.allow],
    ["--deny-read", read.allow.length === 0 ? [] : read.deny],
    ["--allow-write", write.allow],
    ["--deny-write", write.allow.length === 0 ? [] : write.deny],
  ] as const;
  const paths = lists.flatMap(([, list]) => list);
  const length = paths.reduce((sum, path) => sum + 3 * path.length + 1, 0);
  if (length <= MAX_FLAG_LENGTH && !paths.some((path) => path.includes(","))) {
    return {
      form: "flags",
      args: lists.filter(([, list]) => list.length > 0).map(([flag, list]) => `${flag}=${list.join(",")}`),
    };
  }
  const permissions = { read: { allow: read.allow, deny: read.deny }, write: { allow: write.allow, deny: write.deny } };
  return { form: "config", args: ["-P"], config: { permissions: { default: permissions } } };
}
