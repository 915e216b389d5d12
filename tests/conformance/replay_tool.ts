// deno-lint-ignore-file no-console -- a command line tool
/**
 * Works on transcripts from the command line. Without a URL it starts our server.
 *
 *     deno run -A tests/conformance/replay_tool.ts check FILE... [--url=ws://…] [--strict]
 *     deno run -A tests/conformance/replay_tool.ts record FILE... [--url=ws://…]
 *     deno run -A tests/conformance/replay_tool.ts deviations 130|169 [--url=ws://…] [--write]
 *
 * `check` prints the problems, `record` writes what the server does into the files, `deviations` prints the list of
 * steps in which the server differs from the original (`--write` saves it; reasons already given are kept, new ones
 * are "TODO"). The slow files are left alone unless `CONFORMANCE_SLOW=1` is set.
 *
 * @module
 */
import { basename } from "@std/path";
import { startServer } from "../support/test_server.ts";
import { compareStep, type Expectation } from "./compare.ts";
import { type Deviation, Deviations } from "./deviations.ts";
import { type Generation, goldenFiles } from "./golden.ts";
import { relaxLater } from "./relax_later.ts";
import { Replay } from "./replay.ts";
import { replayFile } from "./replay_file.ts";
import { exchanges, loadSteps, type Outcome, saveSteps, type Step } from "./step.ts";

const OBSERVE_PATIENCE_MS = 2_500;

const [command, ...rest] = Deno.args;
const options = rest.filter((arg) => arg.startsWith("--"));
const names = rest.filter((arg) => !arg.startsWith("--"));
const givenUrl = options.find((option) => option.startsWith("--url="))?.slice("--url=".length);

if (command === "check") await check(names);
else if (command === "record") await record(names);
else if (command === "deviations") await deviations(names[0] as Generation);
else {
  console.error("usage: replay_tool.ts check|record FILE... | deviations 130|169  [--url=ws://…] [--strict] [--write]");
  Deno.exit(2);
}

async function check(files: string[]): Promise<void> {
  let failed = 0;
  for (const file of files) {
    const steps = await loadSteps(file);
    const found = await withServer(steps, (url) => {
      return replayFile(url, steps, { name: basename(file), strict: options.includes("--strict") });
    });
    console.log(`${found.length === 0 ? "ok  " : "FAIL"} ${file}`);
    for (const problem of found) console.log(`     ${problem}`);
    if (found.length > 0) failed++;
  }
  Deno.exitCode = failed === 0 ? 0 : 1;
}

async function record(files: string[]): Promise<void> {
  for (const file of files) {
    const steps = await loadSteps(file);
    const recorded = await withServer(steps, (url) => observe(url, steps));
    await saveSteps(
      file,
      steps.map((step, i) => ({ ...step, ...recorded[i] })),
    );
    console.log(`recorded ${file}`);
  }
}

async function deviations(generation: Generation): Promise<void> {
  const known = await Deviations.load(generation);
  const found: Deviation[] = [];
  await withServer([], async (url) => {
    for (const file of goldenFiles(generation)) {
      found.push(
        ...file.slow && Deno.env.get("CONFORMANCE_SLOW") !== "1"
          ? known.ofFile(file.name)
          : await deviationsOf(url, file.name, await loadSteps(file.url), known),
      );
    }
  });
  if (options.includes("--write")) await Deviations.save(generation, found);
  for (const deviation of found) console.log(JSON.stringify(deviation));
}

/** Entries that still describe what the server does are kept as they are, with their reasons and placeholders. */
async function deviationsOf(url: string, file: string, steps: Step[], known: Deviations): Promise<Deviation[]> {
  const found: Deviation[] = [];
  await using replay = new Replay(url, OBSERVE_PATIENCE_MS);
  const compareOptions = { placeholders: replay.placeholders, strict: false };
  for (const [index, step] of relaxLater(steps).entries()) {
    const entry = known.find(file, index);
    const outcome = await replay.run(step, entry?.want ?? step);
    if (!exchanges(step) || compareStep(step, step, outcome, compareOptions).length === 0) continue;
    const same = entry !== undefined && compareStep(step, entry.want, outcome, compareOptions).length === 0;
    const reason = entry?.reason ?? "TODO";
    found.push(same ? entry : { file, step: index, reason, want: recordingOf(outcome, replay) });
  }
  return found;
}

/** Runs all steps; those that exchange nothing give undefined. */
async function observe(url: string, steps: readonly Step[]): Promise<(Expectation | undefined)[]> {
  await using replay = new Replay(url, OBSERVE_PATIENCE_MS);
  const observed: (Expectation | undefined)[] = [];
  for (const step of steps) {
    const outcome = await replay.run(step);
    for (const problem of outcome.problems) console.error(problem);
    observed.push(exchanges(step) ? recordingOf(outcome, replay) : undefined);
  }
  return observed;
}

function recordingOf({ messages, closed }: Outcome, { placeholders }: Replay): Expectation {
  const expect = messages.map((message) => placeholders.normalize(message));
  return { expect, ...closed ? { closed } : {} };
}

async function withServer<T>(steps: readonly Step[], action: (url: string) => Promise<T>): Promise<T> {
  if (givenUrl !== undefined) return await action(givenUrl);
  await using server = await startServer(...steps[0]?.flags ?? []);
  return await action(server.url);
}
