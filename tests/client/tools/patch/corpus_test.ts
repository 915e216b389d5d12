import { assert, assertEquals } from "@std/assert";
import { applyPatch, readPatch } from "../../../../client/tools/patch/apply_patch.ts";
import { LocalFilesystem } from "../../../../server/filesystem/local_filesystem.ts";
import { tempDir } from "../../../support/temp_dir.ts";
import { CORPUS } from "./corpus.ts";
import { DEVIATIONS } from "./deviations.ts";
import { fillWorkspace, readWorkspace, type Snapshot } from "./workspace.ts";

interface Outcome {
  readonly output: string;
  readonly files: Snapshot;
}

/** What codex 0.169.0 answered and left; `deno run -A tests/interop/record_patches.ts 0.169.0` writes it anew. */
const recorded: Record<string, Outcome> = JSON.parse(
  await Deno.readTextFile(new URL("../../../testdata/patches/codex_0.169.0.json", import.meta.url)),
);
const ENVIRONMENT_LINES = /^frame: environment line (with one|that is unknown|alone)/;

/** Answers as the tool does for a turn with one environment. */
async function outcomeOf(patch: string, root: string): Promise<Outcome> {
  const parsed = readPatch(patch.replaceAll("{ws}", root));
  const answer = "changes" in parsed
    ? await applyPatch(parsed, { cwd: root, filesystem: new LocalFilesystem() })
    : parsed;
  const output = answer.text.replaceAll(root, "{ws}").replace(/^Wall time: \S+ seconds$/m, "Wall time: 0 seconds");
  return { output, files: await readWorkspace(root) };
}

for (const { name, before, patch } of CORPUS) {
  if (ENVIRONMENT_LINES.test(name)) continue; // routing: apply_patch_tool_test.ts
  Deno.test(`apply_patch: ${name}`, async () => {
    await using dir = await tempDir();
    await fillWorkspace(dir.path, before);
    const codex = recorded[name];
    assert(codex !== undefined, "not recorded");
    const { why: _, ...deviation } = DEVIATIONS[name] ?? {};
    assertEquals(await outcomeOf(patch, dir.path), { ...codex, ...deviation });
  });
}

Deno.test("apply_patch: every deviation is one, and is about a case", () => {
  for (const [name, { files, output }] of Object.entries(DEVIATIONS)) {
    const codex = recorded[name];
    assert(codex !== undefined, name);
    assert(
      output !== undefined && output !== codex.output || JSON.stringify(files) !== JSON.stringify(codex.files),
      name,
    );
  }
});

Deno.test("apply_patch: names of the corpus are unique", () => {
  assertEquals(new Set(CORPUS.map(({ name }) => name)).size, CORPUS.length);
});
