const MAX_LINKS = 40;

/** Where a path can change its meaning: every directory on its way, and each name looked up in them. */
export interface WatchPoints {
  /** Directories to watch, with the identity each had. */
  readonly directories: Map<string, string>;
  /** Full paths whose creation, removal or replacement matters. */
  readonly names: Set<string>;
  /** The first component that does not exist, or undefined when the path leads to something. */
  readonly missing: string | undefined;
  /** Where the path ends after following links. */
  readonly end: string;
}

/**
 * Follows a path component by component, links included, as far as it exists.
 *
 * @param path an absolute path
 * @param followLast false takes a link at the end for something that exists, wherever it leads
 */
export async function findWatchPoints(path: string, followLast: boolean): Promise<WatchPoints> {
  const directories = new Map<string, string>();
  const names = new Set<string>();
  let rest = split(path);
  let current = "";
  for (let links = 0; rest.length > 0;) {
    const directory = current === "" ? "/" : current;
    const info = await statOrNothing(directory);
    if (!info?.isDirectory) return { directories, names, missing: directory, end: directory };
    directories.set(directory, `${info.dev}:${info.ino}`);
    const name = rest.shift() ?? "";
    const next = `${current}/${name}`;
    names.add(next);
    const target = await linkTarget(next);
    if (target === null) return { directories, names, missing: next, end: next };
    if (target === undefined || (rest.length === 0 && !followLast)) {
      current = next;
    } else if (++links > MAX_LINKS) {
      return { directories, names, missing: next, end: next };
    } else {
      const absolute = target.startsWith("/") ? target : `${directory}/${target}`;
      rest = [...split(absolute), ...rest];
      current = "";
    }
  }
  return { directories, names, missing: undefined, end: current === "" ? "/" : current };
}

/** @returns a link's text, undefined for anything else that exists, null for what does not */
async function linkTarget(path: string): Promise<string | null | undefined> {
  try {
    return (await Deno.lstat(path)).isSymlink ? await Deno.readLink(path) : undefined;
  } catch {
    return null;
  }
}

async function statOrNothing(path: string): Promise<Deno.FileInfo | undefined> {
  try {
    return await Deno.stat(path);
  } catch {
    return undefined;
  }
}

/** Components without `.`; `..` is resolved by name, which is exact here because every link before it was replaced. */
function split(path: string): string[] {
  const kept: string[] = [];
  for (const name of path.split("/")) {
    if (name === "..") kept.pop();
    else if (name !== "" && name !== ".") kept.push(name);
  }
  return kept;
}
