// deno-lint-ignore-file no-console -- a command line tool
/**
 * Plays recordings of the original's HTTP against our server and prints what differs.
 *
 *     deno run -A tests/conformance_http/replay_tool.ts FOLDER [PART_OF_A_NAME]
 *
 * @module
 */
import { toFileUrl } from "@std/path";
import { caseNames, loadCase } from "./golden_case.ts";
import { replayCase } from "./replay_case.ts";

const [folder = "", only = ""] = Deno.args;
const url = new URL(`${toFileUrl(await Deno.realPath(folder))}/`);
for (const name of await caseNames(url)) {
  if (!name.includes(only) || name.startsWith("client_")) continue;
  const started = performance.now();
  const golden = await loadCase(url, name);
  const differences = await replayCase(golden).catch((error) => ({ failed: String(error) }));
  const ms = performance.now() - started;
  if (ms > 1_000) console.log(name, `${ms.toFixed()} ms`);
  if (Object.keys(differences).length > 0) console.log(name, JSON.stringify(differences, null, 1));
}
