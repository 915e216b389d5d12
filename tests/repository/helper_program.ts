import { bundleModule } from "../support/bundle_module.ts";

const MAIN = "sandbox/helper/main.ts";
const HEADER = `// Made from ${MAIN} by "deno task helper"; not for editing.\n`;

/** Where the bundled helper is kept. */
export const PROGRAM_URL = new URL("../../sandbox/helper_program.js", import.meta.url);

/** The bundled helper as its sources are now. @returns undefined where the bundler of Deno cannot be had */
export async function bundleHelper(): Promise<string | undefined> {
  const text = await bundleModule(MAIN, "--minify");
  return text === undefined ? undefined : `${HEADER}${text.trimEnd()}\n`;
}
