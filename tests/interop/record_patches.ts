// deno-lint-ignore-file no-console -- a command line tool
/**
 * Gives every patch of the corpus to an unmodified codex CLI and records what it answers and which files it leaves:
 *
 *     deno run -A tests/interop/record_patches.ts 0.169.0
 *
 * @module
 */
import { COMMANDS } from "../client/tools/patch/commands.ts";
import { CORPUS } from "../client/tools/patch/corpus.ts";
import { fillWorkspace, readWorkspace, type Snapshot } from "../client/tools/patch/workspace.ts";
import { codexBinary } from "./codex_binary.ts";
import { CodexSession } from "./codex_session.ts";
import { MockModel, type ModelItem } from "./mock_model.ts";

const TIME_LIMIT_MS = 300_000;

const version = Deno.args[0] ?? "0.169.0";
const codex = Deno.env.get("CODEX_BINARY") ?? await codexBinary(version);
const files = new Map<string, Snapshot>();

async function* script(): AsyncGenerator<ModelItem[]> {
  for (const { name, before, patch } of CORPUS) {
    await fillWorkspace(session.workspace, before);
    yield [MockModel.customCall(name, "apply_patch", patch.replaceAll("{ws}", session.workspace))];
    files.set(name, await readWorkspace(session.workspace));
  }
  for (const { name, before, args } of COMMANDS) {
    await fillWorkspace(session.workspace, before);
    const cmd = args.cmd.replaceAll("{ws}", session.workspace);
    yield [MockModel.functionCall(`command: ${name}`, "exec_command", { ...args, cmd })];
    files.set(`command: ${name}`, await readWorkspace(session.workspace));
  }
}

await using model = new MockModel(script());
await using session = await CodexSession.prepare(codex, model.url);
const { code, stderr } = await session.run({ env: {}, timeLimitMs: TIME_LIMIT_MS });
console.log(`status ${code}: ${stderr.slice(-500)}`);
const record = Object.fromEntries(
  [...files].map(([name, left]) => [name, { output: normalize(model.outputs.get(name)), files: left }]),
);
const target = new URL(`../testdata/patches/codex_${version}.json`, import.meta.url);
await Deno.mkdir(new URL(".", target), { recursive: true });
await Deno.writeTextFile(target, `${JSON.stringify(record, null, 1)}\n`);
console.log(`${Object.keys(record).length} outcomes in ${target.pathname}`);

function normalize(output: string | undefined): string | undefined {
  return output?.replaceAll(session.workspace, "{ws}")
    .replace(/^Wall time: \S+ seconds$/gm, "Wall time: 0 seconds")
    .replace(/^Chunk ID: \w+$/m, "Chunk ID: 000000");
}
