import type { DirectoryEntry } from "../../protocol/mod.ts";

const LINKS_AT_ONCE = 32;

/**
 * Lists a directory in the order of the system, with kinds after following links; links that lead nowhere are left out.
 *
 * A name that is not UTF-8 is given with U+FFFD for each bad sequence (Deno does so itself); such a name cannot be used
 * in another request, and a link that has one is left out because it cannot be followed.
 *
 * Source: exec-server protocol, section 9.7.
 */
export async function readDirectory(path: string): Promise<DirectoryEntry[]> {
  const found = await Array.fromAsync(Deno.readDir(path));
  const links = found.filter((entry) => entry.isSymlink);
  const kinds = await followLinks(path, links);
  const entries: DirectoryEntry[] = [];
  for (const entry of found) {
    const kind = entry.isSymlink ? kinds.get(entry.name) : entry;
    if (kind !== undefined) {
      entries.push({ fileName: entry.name, isDirectory: kind.isDirectory, isFile: kind.isFile });
    }
  }
  return entries;
}

async function followLinks(path: string, links: readonly Deno.DirEntry[]): Promise<Map<string, Deno.FileInfo>> {
  const kinds = new Map<string, Deno.FileInfo>();
  for (let i = 0; i < links.length; i += LINKS_AT_ONCE) {
    await Promise.all(
      links.slice(i, i + LINKS_AT_ONCE).map(async ({ name }) => {
        const info = await Deno.stat(`${path}/${name}`).catch(() => undefined);
        if (info !== undefined) kinds.set(name, info);
      }),
    );
  }
  return kinds;
}
