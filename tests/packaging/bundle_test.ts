import { Client } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { assert, assertEquals } from "@std/assert";
import manifest from "../../deno.json" with { type: "json" };
import type { Finding } from "../../cli/doctor/finding.ts";
import { ExecServerClient } from "../../client/mod.ts";
import { imageBytes } from "../client/tools/image/images.ts";
import { markedPids } from "../faults/support/descendants.ts";
import { collectProcess } from "../support/collect_process.ts";
import { ServerProcess } from "../support/server_process.ts";
import { type TempDir, tempDir } from "../support/temp_dir.ts";
import { until } from "../support/until.ts";
import { deno, ROOT } from "./command.ts";

const MARK = "EXEC_SERVER_BUNDLE";

/** The one file in an empty folder, and an environment without any cache of Deno, any home, any other program of ours. */
async function bundled(): Promise<{ dir: TempDir; args: string[]; env: Record<string, string> }> {
  const dir = await tempDir();
  const output = `${dir.path}/exec-server.js`;
  const task = manifest.tasks.bundle.replace("deno ", "").split(" ");
  const { code, stderr } = await deno([...task, output], { cwd: ROOT });
  assertEquals(code, 0, stderr);
  return {
    dir,
    args: ["run", "-A", "--no-config", "--cached-only", output],
    env: { HOME: dir.path, DENO_DIR: `${dir.path}/cache`, PATH: Deno.env.get("PATH") ?? "" },
  };
}

Deno.test("bundle: one file is the whole program, run from an empty folder", async (t) => {
  const { dir, args, env } = await bundled();
  await using _ = dir;

  await t.step("names its version", async () => {
    const { code, stdout } = await deno([...args, "--version"], { cwd: dir.path, env });
    assertEquals({ code, stdout }, { code: 0, stdout: `${manifest.version}\n` });
  });

  await t.step("finds on this machine what the sources find", async () => {
    const findings = async (args: string[], options: Parameters<typeof deno>[1]) => {
      const { stdout } = await deno([...args, "doctor", "--json"], options);
      return JSON.parse(stdout).findings.map(({ name, status }: Finding) => `${name} ${status}`);
    };
    const own = await findings(args, { cwd: dir.path, env });
    assertEquals(own, await findings(["run", "-A", "mod.ts"], {}));
    // among them: a helper of the file sandbox, which needs a program of its own
    assert(own.includes("deno-flags ok"), own.join(", "));
  });

  await t.step("serves, and its watchdog outlives it", async () => {
    const mark = crypto.randomUUID();
    await using server = await ServerProcess.start({ program: Deno.execPath(), args, env });
    const client = await ExecServerClient.connect(server.url, { clientName: "test" });
    assertEquals((await collectProcess(client, ["echo", "hello"])).stdout, "hello\n");
    await client.call("process/start", {
      processId: "left",
      argv: ["sleep", "60"],
      cwd: "/",
      env: { PATH: "/usr/bin:/bin", [MARK]: mark },
      tty: false,
    });
    await until("the process runs", () => markedPids(MARK, mark).length === 1);
    server.kill("SIGKILL");
    await client.closed;
    await until("the process is gone", () => markedPids(MARK, mark).length === 0);
  });

  await t.step("decodes images, in a thread that is part of it", async () => {
    await Deno.writeFile(`${dir.path}/a.webp`, imageBytes("image/webp"));
    await Deno.writeFile(`${dir.path}/cut.png`, imageBytes("image/png").subarray(0, 50));
    const client = new Client({ name: "test", version: "1" });
    const transport = new StdioClientTransport({
      command: Deno.execPath(),
      args: [...args, "mcp", "--sandbox", "danger-full-access", "--cwd", dir.path],
      env,
      cwd: dir.path,
    });
    await client.connect(transport);
    try {
      const view = async (path: string) => (await client.callTool({ name: "view_image", arguments: { path } })).content;
      const data = imageBytes("image/webp").toBase64();
      assertEquals(await view("a.webp"), [{ type: "image", mimeType: "image/webp", data }]);
      const text = "unable to process image: invalid or unsupported image data";
      assertEquals(await view("cut.png"), [{ type: "text", text }]);
    } finally {
      await client.close();
    }
  });
});
