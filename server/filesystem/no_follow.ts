import { onlyLocalDisks } from "./local_disk.ts";
import { osError } from "./os_error.ts";

/**
 * Refuses a path that leads through a link: every component but the last must be a directory itself (ENOTDIR).
 *
 * Looks at one component after the other, so it does not withstand links that are swapped in meanwhile; the caller
 * opens the last component with `O_NOFOLLOW`. Requests that must withstand that run in the sandbox.
 *
 * Source: exec-server protocol, section 9.11.
 */
export function checkParents(path: string): void | Promise<void> {
  const parents = parentsOf(path);
  if (!onlyLocalDisks()) return checkLater(parents);
  for (const parent of parents) requireDirectory(Deno.lstatSync(parent));
}

/** All directories above a path, the root first. */
export function parentsOf(path: string): string[] {
  const parents: string[] = [];
  for (let slash = path.indexOf("/", 1); slash !== -1; slash = path.indexOf("/", slash + 1)) {
    parents.push(path.slice(0, slash));
  }
  return parents;
}

async function checkLater(parents: string[]): Promise<void> {
  for (const parent of parents) requireDirectory(await Deno.lstat(parent));
}

function requireDirectory(info: Deno.FileInfo): void {
  if (!info.isDirectory) throw osError("ENOTDIR");
}
