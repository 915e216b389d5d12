import { fromFileUrl } from "@std/path";

const ROOT = fromFileUrl(new URL("../..", import.meta.url));
const MAIN = "sandbox/helper/main.ts";
const HEADER = `// Made from ${MAIN} by "deno task helper"; not for editing.\n`;

/** Where the bundled helper is kept. */
export const PROGRAM_URL = new URL("../../sandbox/helper_program.js", import.meta.url);

/** The bundled helper as its sources are now. @returns undefined where the bundler of Deno cannot be had */
export async function bundleHelper(): Promise<string | undefined> {
  const { stdout, success } = await new Deno.Command(Deno.execPath(), {
    args: ["bundle", "--minify", "--quiet", MAIN],
    cwd: ROOT,
    stderr: "inherit",
  }).output();
  return success ? HEADER + new TextDecoder().decode(stdout).trimEnd() + "\n" : undefined;
}
