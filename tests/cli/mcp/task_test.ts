import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { startServer } from "../../support/test_server.ts";
import { tempDir } from "../../support/temp_dir.ts";
import { callText, connectHttp, connectStdio, outputOf, startMcp } from "./mcp_process.ts";

const PROGRAM = "add() {\n  echo $(($1 - $2))\n}\n";
const TESTS = `. ./add.sh
result=$(add 2 3)
if [ "$result" = 5 ]; then echo "ok: 2 + 3 = $result"; else echo "FAILED: 2 + 3 = $result"; exit 1; fi
echo "$result" > result.txt
`;
const FIX = `*** Begin Patch
*** Update File: add.sh
@@ add() {
-  echo $(($1 - $2))
+  echo $(($1 + $2))
*** End Patch`;

Deno.test("mcp: a client of the official SDK finds a bug, mends it and runs the tests, on a sandboxed remote machine", async (t) => {
  await using dir = await tempDir();
  const workspace = `${dir.path}/ws`;
  await Deno.mkdir(workspace);
  await Deno.writeTextFile(`${workspace}/add.sh`, PROGRAM);
  await Deno.writeTextFile(`${workspace}/test.sh`, TESTS);
  await Deno.writeTextFile(`${dir.path}/secret`, "outside\n");
  // workspace-write grants all of /tmp, where the folder lies: a profile that grants the workspace alone
  const entry = (path: unknown, access: string) => ({ path, access });
  const profile = {
    type: "managed",
    network: "restricted",
    file_system: {
      type: "restricted",
      entries: [
        entry({ type: "special", value: { kind: "root" } }, "read"),
        entry({ type: "special", value: { kind: "project_roots" } }, "write"),
        entry({ type: "path", path: `${dir.path}/secret` }, "deny"),
      ],
    },
  };
  await Deno.writeTextFile(`${dir.path}/profile.jsonc`, `// the workspace\n${JSON.stringify(profile)}`);
  await using executor = await startServer();
  const args = ["--url", executor.url, "--cwd", workspace, "--sandbox", `${dir.path}/profile.jsonc`];
  const { client } = await connectStdio(args);
  const run = (cmd: string) => callText(client, "exec_command", { cmd, login: false, yield_time_ms: 30_000 });
  try {
    const probe = await run("true");
    const confines = !probe.startsWith("exec_command failed");

    await t.step("the files it sees are those of the workspace", async () => {
      assertEquals(await callText(client, "list_dir", {}), `${workspace}\nadd.sh\ntest.sh`);
    });
    // an executor that cannot confine processes runs none, and the step is ignored
    await t.step({
      name: "the tests fail",
      ignore: !confines,
      fn: async () => assertMatch(await run("sh test.sh"), /Process exited with code 1\n[^]*FAILED: 2 \+ 3 = -1\n$/),
    });
    await t.step("it mends the file", async () => {
      const answer = await callText(client, "apply_patch", { input: FIX });
      assertStringIncludes(answer, "Success. Updated the following files:\nM add.sh\n");
      assertEquals(await Deno.readTextFile(`${workspace}/add.sh`), PROGRAM.replace("-", "+"));
    });
    await t.step({
      name: "the tests pass, and what they wrote is there",
      ignore: !confines,
      fn: async () => {
        const answer = await run("sh test.sh");
        assertMatch(answer, /Process exited with code 0\n/);
        assertEquals(outputOf(answer), "ok: 2 + 3 = 5\n");
        assertEquals(await Deno.readTextFile(`${workspace}/result.txt`), "5\n");
      },
    });
    await t.step("files outside stay as they are, and secret", async () => {
      const outside = "*** Begin Patch\n*** Add File: ../made\n+x\n*** End Patch";
      assertStringIncludes(await callText(client, "apply_patch", { input: outside }), "Exit code: 1");
      const secret = "*** Begin Patch\n*** Update File: ../secret\n@@\n-outside\n+x\n*** End Patch";
      assertStringIncludes(await callText(client, "apply_patch", { input: secret }), "Failed to read file to update");
      const commands = await run("cat ../secret; echo x > ../made; echo x > ../secret");
      assert(!commands.includes("outside"), commands);
      assertEquals((await Array.fromAsync(Deno.readDir(dir.path))).map(({ name }) => name).sort(), [
        "profile.jsonc",
        "secret",
        "ws",
      ]);
      assertEquals(await Deno.readTextFile(`${dir.path}/secret`), "outside\n");
    });
  } finally {
    await client.close();
  }

  await t.step("without the profile the same calls reach what lies outside", async () => {
    const free = ["--url", executor.url, "--cwd", workspace, "--sandbox", "danger-full-access"];
    await using server = await startMcp(free);
    const freeClient = await connectHttp(server.url);
    const commands = "cat ../secret; echo x > ../made";
    const answer = await callText(freeClient, "exec_command", { cmd: commands, login: false });
    assertEquals(outputOf(answer), "outside\n");
    assertEquals(await Deno.readTextFile(`${dir.path}/made`), "x\n");
    await freeClient.close();
  });
});
