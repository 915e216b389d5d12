import { assertEquals } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { ExecServerClient } from "../../../client/mod.ts";
import { findLibc } from "../../../sandbox/libc_path.ts";
import { ServerProcess } from "../../support/server_process.ts";
import { tempDir } from "../../support/temp_dir.ts";

const ROOT = fromFileUrl(new URL("../../..", import.meta.url));
const folder = await tempDir();
const program = `${folder.path}/exec-server.js`;
const bundled = await bundle(program);

/** @returns false where the bundler of Deno, an npm package that is fetched at its first use, cannot be had */
async function bundle(into: string): Promise<boolean> {
  const args = ["bundle", "--quiet", "-o", into, "mod.ts"];
  const command = new Deno.Command(Deno.execPath(), { args, cwd: ROOT, stdout: "null", stderr: "null" });
  return (await command.output()).success;
}

Deno.test({
  name: "sandbox: a bundled server in an empty folder has a helper",
  ignore: !bundled || findLibc() === undefined,
  fn: async () => {
    await using dir = await tempDir();
    const root = Deno.realPathSync(dir.path);
    Deno.writeTextFileSync(`${root}/f`, "inside");
    Deno.mkdirSync(`${root}/secret`);
    const entries = [
      { path: { type: "path", path: root }, access: "read" },
      { path: { type: "path", path: `${root}/secret` }, access: "deny" },
    ];
    const permissions = { type: "managed", network: "restricted", file_system: { type: "restricted", entries } };
    const sandbox = { permissions, cwd: root, windowsSandboxLevel: "disabled" };
    await using server = await ServerProcess.start({
      program: Deno.execPath(),
      args: ["run", "-A", "--quiet", "--no-config", program, "--listen", "ws://127.0.0.1:0"],
    });
    await using client = await ExecServerClient.connect(server.url, { clientName: "test" });
    assertEquals((await client.call("fs/readFile", { path: `${root}/f`, sandbox })).dataBase64, btoa("inside"));
    const { walls } = (await client.call("environment/info", {})).sandbox?.filesystem ?? {};
    assertEquals(walls?.[0], "descriptorWalk");
  },
});

// the last test has run by then
globalThis.addEventListener("unload", () => Deno.removeSync(folder.path, { recursive: true }));
