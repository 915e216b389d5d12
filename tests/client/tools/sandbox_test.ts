import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { Toolset } from "../../../client/tools/mod.ts";
import { tempDir } from "../../support/temp_dir.ts";
import { KINDS } from "./environments.ts";
import { imageBytes } from "./image/images.ts";
import { fillWorkspace, readWorkspace } from "./patch/workspace.ts";

/** A profile that grants the workspace for writing, a folder in it for reading only, and denies another. */
function sandboxOf(root: string) {
  const entry = (path: string, access: string) => ({ path: { type: "path", path }, access });
  const entries = [entry(root, "write"), entry(`${root}/docs`, "read"), entry(`${root}/secret`, "deny")];
  return {
    permissions: { type: "managed", network: "restricted", file_system: { type: "restricted", entries } },
    cwd: root,
    windowsSandboxLevel: "disabled",
  };
}

for (const kind of KINDS) {
  Deno.test(`Toolset: everything runs under the profile of its environment, ${kind.name}`, async () => {
    await using dir = await tempDir();
    const root = `${dir.path}/ws`;
    const before = { "ws/docs/a": "doc\n", "ws/secret/key": "key\n", "ws/f": "a\n", "outside": "out\n" };
    await fillWorkspace(dir.path, before);
    await Deno.writeFile(`${dir.path}/outside.png`, imageBytes("image/png"));
    await using environment = await kind.open();
    const toolsUnder = (sandbox?: Record<string, unknown>) =>
      new Toolset({ environments: [{ environment, cwd: root, sandbox }] });
    await using confined = toolsUnder(sandboxOf(root)), free = toolsUnder();
    const call = async (tools: Toolset, name: string, input: unknown) => {
      const { content: [part] } = await tools.call(name, typeof input === "string" ? input : JSON.stringify(input));
      return part?.type === "text" ? part.text : `(${part?.type})`;
    };
    const patch = (...lines: string[]) => ["*** Begin Patch", ...lines, "*** End Patch"].join("\n");

    assertMatch(await call(confined, "apply_patch", patch("*** Update File: f", "@@", "-a", "+b")), /^Exit code: 0/);
    assertEquals(
      await call(confined, "apply_patch", patch("*** Add File: docs/b", "+x")),
      `Exit code: 1\nWall time: 0 seconds\nOutput:\nFailed to write file ${root}/docs/b\n`,
    );
    const outside = patch("*** Add File: ../new", "+x");
    assertStringIncludes(await call(confined, "apply_patch", outside), `Failed to write file ${dir.path}/new`);
    const secret = patch("*** Update File: secret/key", "@@", "-key", "+x");
    assertStringIncludes(await call(confined, "apply_patch", secret), "Permission denied (os error 13)");
    const heredoc = { cmd: `apply_patch <<'EOF'\n${outside}\nEOF` };
    assertStringIncludes(await call(confined, "exec_command", heredoc), "Exit code: 1");
    assertStringIncludes(await call(confined, "view_image", { path: "../outside.png" }), "unable to locate image");
    assertStringIncludes(await call(confined, "list_dir", { path: "secret" }), "Permission denied");
    const files = await readWorkspace(dir.path);
    delete files["outside.png"];
    assertEquals(files, { ...before, "ws/f": "b\n" });

    // the same without the profile
    assertEquals(await call(free, "view_image", { path: "../outside.png" }), "(image)");
    assertStringIncludes(await call(free, "list_dir", { path: "secret" }), "key");
    assertMatch(await call(free, "apply_patch", secret), /^Exit code: 0/);

    // a command is confined, or never run
    const command = { cmd: "echo x > ../by-command; cat secret/key", login: false };
    const text = await call(confined, "exec_command", command);
    assert(!text.includes("x\nx"), text);
    assertEquals((await readWorkspace(dir.path))["by-command"], undefined, text);
    await call(free, "exec_command", command);
    assertEquals((await readWorkspace(dir.path))["by-command"], "x\n");
  });
}
