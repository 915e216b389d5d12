import { assert } from "@std/assert";
import { bundleHelper, PROGRAM_URL } from "./helper_program.ts";

const bundled = await bundleHelper();

Deno.test({
  name: "helper_program.js: was made of the sources as they are",
  // the bundler is an npm package that Deno fetches at its first use
  ignore: bundled === undefined,
  fn: async () => {
    assert(await Deno.readTextFile(PROGRAM_URL) === bundled, "Run `deno task helper` and commit what it writes");
  },
});
