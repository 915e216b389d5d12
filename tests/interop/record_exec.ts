// deno-lint-ignore-file no-console -- a command line tool
/**
 * Gives every call of the table of commands to an unmodified codex CLI and records what it answers:
 *
 *     deno run -A tests/interop/record_exec.ts 0.169.0
 *
 * @module
 */
import { normalizeAnswer, wallSeconds } from "../client/tools/exec/normalize.ts";
import { sessionIn, stepArguments } from "../client/tools/exec/steps.ts";
import { TABLE } from "../client/tools/exec/table.ts";
import { codexBinary } from "./codex_binary.ts";
import { CodexSession } from "./codex_session.ts";
import { MockModel, type ModelItem } from "./mock_model.ts";

const TIME_LIMIT_MS = 600_000;

const version = Deno.args[0] ?? "0.169.0";
const codex = Deno.env.get("CODEX_BINARY") ?? await codexBinary(version);

async function* script(): AsyncGenerator<ModelItem[]> {
  for (const { name, steps } of TABLE) {
    let running: number | undefined;
    for (const [i, step] of steps.entries()) {
      const id = `${name} ${i}`;
      yield [{ type: "function_call", call_id: id, name: step.tool, arguments: stepArguments(step, running) }];
      running ??= sessionIn(model.outputs.get(id) ?? "");
    }
  }
}

await using model = new MockModel(script());
await using session = await CodexSession.prepare(codex, model.url);
await Deno.mkdir(`${session.workspace}/sub`);
await Deno.writeTextFile(`${session.workspace}/file.txt`, "text\n");
const { code, stderr } = await session.run({ env: { SHELL: "/bin/bash" }, timeLimitMs: TIME_LIMIT_MS });
console.log(`status ${code}: ${stderr.slice(-300)}`);
const record = Object.fromEntries(TABLE.map(({ name, steps }) => [
  name,
  steps.map((_, i) => {
    const answer = model.outputs.get(`${name} ${i}`) ?? "(no answer)";
    const wall = wallSeconds(answer);
    const text = normalizeAnswer(answer, session.workspace);
    return Number.isNaN(wall) ? { text } : { text, wall };
  }),
]));
const target = new URL(`../testdata/exec_tools/codex_${version}.json`, import.meta.url);
await Deno.mkdir(new URL(".", target), { recursive: true });
await Deno.writeTextFile(target, `${JSON.stringify(record, null, 1)}\n`);
console.log(`${TABLE.length} cases in ${target.pathname}`);
