import { assert, assertEquals } from "@std/assert";
import { Toolset } from "../../../../client/tools/mod.ts";
import { interceptPatch } from "../../../../client/tools/patch/intercept_patch.ts";
import { tempDir } from "../../../support/temp_dir.ts";
import { KINDS } from "../environments.ts";
import { COMMANDS } from "./commands.ts";
import { fillWorkspace, readWorkspace, type Snapshot } from "./workspace.ts";

/** What codex 0.169.0 answered and left. */
const recorded: Record<string, { output: string; files: Snapshot }> = JSON.parse(
  await Deno.readTextFile(new URL("../../../testdata/patches/codex_0.169.0.json", import.meta.url)),
);

for (const kind of KINDS) {
  Deno.test(`exec_command: patches in here-documents, ${kind.name}`, async (t) => {
    await using dir = await tempDir();
    await using environment = await kind.open();
    await using tools = new Toolset({ environments: [{ environment, cwd: dir.path }] });
    for (const { name, before, args } of COMMANDS) {
      await t.step(name, async () => {
        const codex = recorded[`command: ${name}`];
        assert(codex !== undefined, "not recorded");
        const cmd = args.cmd.replaceAll("{ws}", dir.path);
        const intercepted = !codex.output.startsWith("Chunk ID");
        assertEquals(interceptPatch(cmd) !== undefined, intercepted);
        if (!intercepted) return; // codex' shell has a program for it; ours is told that there is none
        await fillWorkspace(dir.path, before);
        const { content: [part] } = await tools.call("exec_command", JSON.stringify({ ...args, cmd }));
        const text = part?.type === "text" ? part.text : "";
        const output = text.replaceAll(dir.path, "{ws}").replace(/^Wall time: \S+ seconds$/gm, "Wall time: 0 seconds");
        assertEquals({ output, files: await readWorkspace(dir.path) }, codex);
      });
    }
  });
}
