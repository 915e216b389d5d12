/** A program that has all permissions and becomes a helper, as a compiled server does. */
import { runSelfHelper } from "../../sandbox/self_helper.ts";

Deno.exit(await runSelfHelper());
