import { fromFileUrl } from "@std/path";
import { exists } from "./exists.ts";

const FOLDER = fromFileUrl(new URL("../dev_packages", import.meta.url));

/**
 * Path of a file of a package in `tests/dev_packages/package.json`. They are installed with the first use, by the lock
 * file beside it; they are no dependencies of the program, which would install them with its first start.
 *
 * @returns undefined when they are not installed and cannot be, for want of a network
 */
export async function devPackage(path: string): Promise<string | undefined> {
  const file = `${FOLDER}/node_modules/${path}`;
  if (!exists(file)) {
    const { success, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["install", "--node-modules-dir=auto", "--lock=deno.lock", "--frozen", "--quiet"],
      cwd: FOLDER,
      env: { NO_COLOR: "1" },
    }).output();
    if (!success) {
      await Deno.stderr.write(stderr);
      return undefined;
    }
  }
  return file;
}
