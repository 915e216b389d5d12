import type { Client } from "@modelcontextprotocol/client";
import { assert, assertEquals, assertMatch, assertRejects, assertStringIncludes } from "@std/assert";
import { imageBytes } from "../../client/tools/image/images.ts";
import { alive } from "../../support/process_table.ts";
import { startServer } from "../../support/test_server.ts";
import { tempDir } from "../../support/temp_dir.ts";
import { until } from "../../support/until.ts";
import { callText, connectHttp, connectStdio, outputOf, startMcp } from "./mcp_process.ts";

const FREE = ["--sandbox", "danger-full-access"];

/** What every tools server promises, over whatever a client reached it. */
async function checkTools(client: Client, directory: string): Promise<void> {
  assertEquals(client.getServerVersion()?.name, "exec-server");
  assertStringIncludes(client.getInstructions() ?? "", `works in ${directory}`);
  const { tools } = await client.listTools();
  assertEquals(tools.map(({ name }) => name), ["exec_command", "write_stdin", "apply_patch", "view_image", "list_dir"]);
  assertEquals(tools.map(({ annotations }) => annotations?.readOnlyHint), [false, false, false, true, true]);
  const [exec, , patch] = tools;
  assertEquals(exec?.inputSchema.required, ["cmd"]);
  assertEquals(Object.keys(exec?.inputSchema.properties ?? {}).includes("environment_id"), false);
  assertEquals(patch?.inputSchema.required, ["input"], "MCP has no free-form tools");

  assertEquals(outputOf(await callText(client, "exec_command", { cmd: "pwd", login: false })), `${directory}\n`);
  const input = "*** Begin Patch\n*** Add File: a.txt\n+x\n*** End Patch";
  assertMatch(await callText(client, "apply_patch", { input }), /^Exit code: 0\n/);
  assertEquals(await Deno.readTextFile(`${directory}/a.txt`), "x\n");
  await Deno.writeFile(`${directory}/i.png`, imageBytes("image/png"));
  const { content, isError } = await client.callTool({ name: "view_image", arguments: { path: "i.png" } });
  const data = imageBytes("image/png").toBase64();
  assertEquals({ content, isError }, { content: [{ type: "image", data, mimeType: "image/png" }], isError: false });
  assertEquals(await callText(client, "list_dir", {}), `${directory}\na.txt\ni.png`);

  const failed = await client.callTool({ name: "exec_command", arguments: {} });
  assertEquals(failed.isError, true, "what a model did wrong is for the model to read");
  await assertRejects(() => client.callTool({ name: "nope", arguments: {} }), Error, "Unknown tool: nope");
}

/** A command goes on between calls, whichever connection they come by. */
async function checkSession(first: Client, second: Client): Promise<void> {
  const args = { cmd: "read x; echo got $x", tty: true, login: false, yield_time_ms: 250 };
  const [, id] = /session ID (\d+)/.exec(await callText(first, "exec_command", args)) ?? [];
  const rest = { session_id: Number(id), chars: "hello\n", yield_time_ms: 20_000 };
  assertEquals(outputOf(await callText(second, "write_stdin", rest)), "hello\r\ngot hello\r\n");
}

Deno.test("mcp over stdio: offers the tools, and ends with its client and all commands", async () => {
  await using dir = await tempDir();
  const { client, pid } = await connectStdio(["--cwd", dir.path, ...FREE]);
  await checkTools(client, dir.path);
  await checkSession(client, client);
  const sleep = { cmd: "echo $$; exec sleep 60", login: false, yield_time_ms: 1_000 };
  const command = Number(outputOf(await callText(client, "exec_command", sleep)));
  assert(alive(command) && alive(pid));
  await client.close();
  await until("server and command are gone", () => !alive(command) && !alive(pid));
});

Deno.test("mcp over HTTP: offers the tools to several clients, and ends on SIGTERM with all commands", async () => {
  await using dir = await tempDir();
  await using server = await startMcp(["--cwd", dir.path, ...FREE]);
  assertMatch(server.url, /^http:\/\/127\.0\.0\.1:\d+\/mcp$/);
  const [first, second] = await Promise.all([connectHttp(server.url), connectHttp(server.url)]);
  await checkTools(first, dir.path);
  await checkSession(first, second);
  const sleep = { cmd: "echo $$; exec sleep 60", login: false, yield_time_ms: 1_000 };
  const command = Number(outputOf(await callText(first, "exec_command", sleep)));
  // a call that waits does not hold up the end
  const waiting = callText(second, "exec_command", { cmd: "sleep 50", login: false, yield_time_ms: 30_000 });
  await until("the call has begun", () => sleepers(dir.path) > 0, 20_000);
  server.kill("SIGTERM");
  assertEquals((await server.status).code, 0);
  await waiting.catch(() => {});
  await until("the command is gone", () => !alive(command));
  await Promise.all([first.close(), second.close()]);
  assertEquals(server.stderr, []);
});

/** Processes \`sleep 50\` that work in a folder. */
function sleepers(directory: string): number {
  return [...Deno.readDirSync("/proc")].filter(({ name }) => {
    if (!/^\d+$/.test(name)) return false;
    try {
      return Deno.readTextFileSync(`/proc/${name}/cmdline`) === "sleep\x0050\x00" &&
        Deno.readLinkSync(`/proc/${name}/cwd`) === directory;
    } catch {
      return false; // it ended meanwhile
    }
  }).length;
}

Deno.test("mcp: with several environments a call may choose", async () => {
  await using dir = await tempDir();
  for (const name of ["home", "here", "there"]) await Deno.mkdir(`${dir.path}/${name}`);
  await using remote = await startServer();
  const toml = `default = "devbox"\n[[environments]]\nid = "devbox"\nurl = "${remote.url}"\n`;
  await Deno.writeTextFile(`${dir.path}/home/environments.toml`, toml);
  const directories = ["--cwd", `devbox=${dir.path}/there`, "--cwd", `local=${dir.path}/here`];
  const { client } = await connectStdio([...directories, ...FREE], { CODEX_HOME: `${dir.path}/home` });
  try {
    const { tools } = await client.listTools();
    assertEquals(
      tools.filter(({ inputSchema }) => "environment_id" in (inputSchema.properties ?? {})).map(({ name }) => name),
      ["exec_command", "view_image", "list_dir"],
    );
    const pwd = { cmd: "pwd", login: false };
    assertEquals(outputOf(await callText(client, "exec_command", pwd)), `${dir.path}/there\n`);
    const local = { ...pwd, environment_id: "local" };
    assertEquals(outputOf(await callText(client, "exec_command", local)), `${dir.path}/here\n`);
    const input = "*** Begin Patch\n*** Environment ID: local\n*** Add File: a\n+x\n*** End Patch";
    assertMatch(await callText(client, "apply_patch", { input }), /^Exit code: 0/);
    assertEquals(await Deno.readTextFile(`${dir.path}/here/a`), "x\n");
  } finally {
    await client.close();
  }
});
