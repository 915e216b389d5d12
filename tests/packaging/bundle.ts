/**
 * Makes the one file that is the whole program. Run it by `deno task bundle`; an argument names another file.
 *
 * @module
 */
import { bundle } from "./bundle_program.ts";

if (import.meta.main) await bundle(Deno.args[0] ?? "dist/exec-server.js");
