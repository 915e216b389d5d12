import { assert, assertEquals } from "@std/assert";
import { Toolset } from "../../../../client/tools/mod.ts";
import { tempDir } from "../../../support/temp_dir.ts";
import { KINDS } from "../environments.ts";
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

/** Gives a patch to the tool, in a turn with one environment. */
async function outcomeOf(tools: Toolset, patch: string, root: string): Promise<Outcome> {
  const { content: [part] } = await tools.call("apply_patch", patch.replaceAll("{ws}", root));
  const text = part?.type === "text" ? part.text : "";
  const output = text.replaceAll(root, "{ws}").replace(/^Wall time: \S+ seconds$/m, "Wall time: 0 seconds");
  return { output, files: await readWorkspace(root) };
}

for (const kind of KINDS) {
  Deno.test(`apply_patch: the corpus, ${kind.name}`, async (t) => {
    await using dir = await tempDir();
    await using environment = await kind.open();
    await using tools = new Toolset({ environments: [{ environment, cwd: dir.path }] });
    for (const { name, before, patch } of CORPUS) {
      await t.step(name, async () => {
        await fillWorkspace(dir.path, before);
        const codex = recorded[name];
        assert(codex !== undefined, "not recorded");
        const { why: _, ...deviation } = DEVIATIONS[name] ?? {};
        assertEquals(await outcomeOf(tools, patch, dir.path), { ...codex, ...deviation });
      });
    }
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
