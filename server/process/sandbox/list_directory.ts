import type { ListedName } from "../../../sandbox/mod.ts";

/** Names in a directory; none when it is missing or cannot be looked into. */
export function listDirectory(path: string): ListedName[] {
  try {
    return Array.from(Deno.readDirSync(path), ({ name, isDirectory, isSymlink }) => ({
      name,
      isDirectory,
      isLink: isSymlink,
    }));
  } catch {
    return [];
  }
}
