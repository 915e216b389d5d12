/**
 * Bundles the helper program of the filesystem sandbox anew. Run it by `deno task helper` after a change of what it is
 * made of.
 *
 * @module
 */
import { bundleHelper, PROGRAM_URL } from "./helper_program.ts";

if (import.meta.main) {
  const text = await bundleHelper();
  if (text === undefined) throw new Error("Cannot bundle the helper");
  await Deno.writeTextFile(PROGRAM_URL, text);
}
