import { fromFileUrl } from "@std/path";

const ROOT = fromFileUrl(new URL("../..", import.meta.url));

/**
 * Bundles a module and what it imports into one text.
 *
 * @param entry path below the root of the repository
 * @param flags for `deno bundle`
 * @returns undefined where the bundler of Deno cannot be had, or refuses
 */
export async function bundleModule(entry: string, ...flags: string[]): Promise<string | undefined> {
  const { stdout, success } = await new Deno.Command(Deno.execPath(), {
    args: ["bundle", "--quiet", ...flags, entry],
    cwd: ROOT,
    stderr: "inherit",
  }).output();
  return success ? new TextDecoder().decode(stdout) : undefined;
}
