import { assert, assertEquals } from "@std/assert";
import { Toolset } from "../../../../client/tools/mod.ts";
import { tempDir } from "../../../support/temp_dir.ts";
import { KINDS } from "../environments.ts";
import { DEVIATIONS } from "./deviations.ts";
import { normalizeAnswer, wallSeconds } from "./normalize.ts";
import { sessionIn, stepArguments } from "./steps.ts";
import { type ExecCase, TABLE } from "./table.ts";

/** One answer, normalized, and how long it says that it waited. */
interface Answer {
  readonly text: string;
  readonly wall?: number;
}

/** What codex 0.169.0 answered; `deno run -A tests/interop/record_exec.ts 0.169.0` writes it anew. */
const recorded: Record<string, readonly Answer[]> = JSON.parse(
  await Deno.readTextFile(new URL("../../../testdata/exec_tools/codex_0.169.0.json", import.meta.url)),
);
/** Cases mostly wait; so many wait at once. */
const AT_ONCE = 6;
/** How much later a busy machine may be. */
const TOLERANCE_S = 8;

async function runCase(tools: Toolset, { steps }: ExecCase, workspace: string): Promise<Answer[]> {
  const answers: Answer[] = [];
  let session: number | undefined;
  for (const step of steps) {
    const { content } = await tools.call(step.tool, stepArguments(step, session));
    const [part] = content;
    assert(part?.type === "text" && content.length === 1);
    session ??= sessionIn(part.text);
    const wall = wallSeconds(part.text), text = normalizeAnswer(part.text, workspace);
    answers.push(Number.isNaN(wall) ? { text } : { text, wall });
  }
  return answers;
}

for (const kind of KINDS) {
  Deno.test(`exec_command, write_stdin: the table, ${kind.name}`, async (t) => {
    await using dir = await tempDir();
    const workspace = `${dir.path}/workspace`;
    await Deno.mkdir(`${workspace}/sub`, { recursive: true });
    await Deno.writeTextFile(`${workspace}/file.txt`, "text\n");
    await using environment = await kind.open();
    await using tools = new Toolset({ environments: [{ environment, cwd: workspace }] });
    const outcomes = new Map<string, Answer[]>();
    const waiting = [...TABLE];
    await Promise.all(Array.from({ length: AT_ONCE }, async () => {
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
        outcomes.set(next.name, await runCase(tools, next, workspace));
      }
    }));
    for (const { name } of TABLE) {
      await t.step(name, () => {
        const ours = outcomes.get(name) ?? [], codex = recorded[name] ?? [];
        const texts = DEVIATIONS[name]?.texts ?? codex.map(({ text }) => text);
        const remote = kind.name === "remote" ? texts.map(asRemote) : texts;
        assertEquals(ours.map(({ text }) => text), remote);
        for (const [i, { wall, text }] of ours.entries()) {
          const expected = codex[i]?.wall;
          if (wall === undefined || expected === undefined) continue;
          // a call that ended with its command still running waited its whole time
          if (text.includes("Process running")) assert(wall > expected - 0.05, `waited ${wall} s, not ${expected}`);
          assert(wall < expected + TOLERANCE_S, `waited ${wall} s, not ${expected}`);
        }
      });
    }
  });
}

/** Codex says what came from a server. */
function asRemote(text: string): string {
  return text.replace(
    "Failed to create unified exec process: ",
    "Failed to create unified exec process: exec-server rejected request (-32603): ",
  );
}

Deno.test("exec_command, write_stdin: every deviation is one", () => {
  for (const [name, { texts }] of Object.entries(DEVIATIONS)) {
    const codex = recorded[name]?.map(({ text }) => text) ?? [];
    assertEquals(codex.length, texts.length, name);
    assert(codex.some((text, i) => text !== texts[i]), name);
  }
});
