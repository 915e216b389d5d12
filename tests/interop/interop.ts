// deno-lint-ignore-file no-console -- a command line tool
/**
 * Drives unmodified codex CLIs against our server and exits with 1 when they do not get on.
 *
 *     deno task interop [--only=0.169.0] [--placement=stdio] [--scenario=exec_simple,patch_freeform] [--original] [--own]
 *
 * It uses the scenarios of `../shared/realclient` when that folder is there, else (or with `--own`) a small driver of
 * its own. `--original` tests codex' own server instead: the baseline.
 *
 * @module
 */
import { codexBinary } from "./codex_binary.ts";
import { type Combination, COMBINATIONS, type ScenarioResult } from "./combination.ts";
import { startExecutor } from "./executor.ts";
import { hasHarness, runHarness } from "./harness.ts";
import { runOwnDriver } from "./own_driver.ts";

/** Scenarios about what is not this server's duty alone; they are counted apart and fail nothing. */
const OTHER_ISSUES = /^sandbox_/;

interface Counts {
  pass: number;
  fail: number;
  skip: number;
  other: number;
}

const only = option("only"), placementOnly = option("placement"), scenarios = option("scenario") ?? "all";
const original = Deno.args.includes("--original");
const full = !Deno.args.includes("--own") && hasHarness();
console.log(`Scenarios: ${full ? "../shared/realclient" : "own driver"}; server: ${original ? "original" : "ours"}`);
const rows: string[] = [];
let failed = 0;
for (const combination of COMBINATIONS) {
  if (only !== undefined && combination.version !== only) continue;
  if (placementOnly !== undefined && combination.placement !== placementOnly) continue;
  const counts = await run(combination);
  failed += counts.fail;
  const { version, placement } = combination;
  rows.push(`| ${version} | ${placement} | ${counts.pass} | ${counts.fail} | ${counts.other} | ${counts.skip} |`);
}
console.log("\n| codex | placement | passed | failed | other issues | skipped |\n|---|---|---|---|---|---|");
console.log(rows.join("\n"));
Deno.exitCode = failed === 0 ? 0 : 1;

async function run(combination: Combination): Promise<Counts> {
  const { version, placement } = combination;
  const codex = await codexBinary(version);
  await using executor = await startExecutor(combination, codex, original);
  const counts: Counts = { pass: 0, fail: 0, skip: 0, other: 0 };
  const results = full
    ? runHarness(combination, codex, executor, scenarios)
    : runOwnDriver(combination, codex, executor);
  for await (const result of results) {
    const verdict = verdictOf(result);
    counts[verdict]++;
    console.log(`${verdict.padEnd(5)} ${version} ${placement}: ${result.name} ${result.detail}`);
  }
  if (counts.pass + counts.fail + counts.other === 0) counts.fail++; // nothing ran at all
  return counts;
}

function verdictOf({ name, verdict }: ScenarioResult): keyof Counts {
  return verdict === "fail" && OTHER_ISSUES.test(name) ? "other" : verdict;
}

function option(name: string): string | undefined {
  return Deno.args.find((arg) => arg.startsWith(`--${name}=`))?.slice(name.length + 3);
}
