import { assertEquals, assertRejects } from "@std/assert";
import { RpcError, toFileUri } from "../../../protocol/mod.ts";
import { readConfigLayers, readRequirementLayers } from "../../../server/environment/config_layers.ts";
import { tempDir } from "../../support/temp_dir.ts";

const USER = 'model = "m"\n[mcp_servers.a]\ncommand = "foo"\nargs = ["1"]\n';

async function write(path: string, text: string): Promise<void> {
  await Deno.mkdir(path.slice(0, path.lastIndexOf("/")), { recursive: true });
  await Deno.writeTextFile(path, text);
}

Deno.test("readConfigLayers: nothing on disk is no layer, with the index at the start", async () => {
  await using dir = await tempDir();
  assertEquals(await readConfigLayers(dir.path, `${dir.path}/home`, [["mcp_servers"]], `${dir.path}/etc`), {
    layers: [],
    cloudInsertionIndex: 0,
  });
});

Deno.test("readConfigLayers: system, user and trusted project in this order, with the requested keys only", async () => {
  await using dir = await tempDir();
  const { path } = dir;
  await write(`${path}/etc/config.toml`, '[mcp_servers.sys]\ncommand = "s"\n');
  await write(`${path}/home/config.toml`, `${USER}[projects."${path}/ws"]\ntrust_level = "trusted"\n`);
  await write(`${path}/ws/.codex/config.toml`, '[mcp_servers.b]\ncommand = "bar"\n');
  await Deno.mkdir(`${path}/ws/.git`);
  await Deno.mkdir(`${path}/ws/sub`);
  const result = await readConfigLayers(`${path}/ws/sub`, `${path}/home`, [["mcp_servers", "a", "command"], [
    "mcp_servers",
    "b",
  ]], `${path}/etc`);
  assertEquals(result.cloudInsertionIndex, 1);
  assertEquals(result.layers.map(({ source, baseDir }) => [source.split(" ")[0], baseDir]), [
    ["system", toFileUri(`${path}/etc`)],
    ["user", toFileUri(`${path}/home`)],
    ["project", toFileUri(`${path}/ws/.codex`)],
  ]);
  const [system, user, project] = result.layers.map(({ toml }) => toml.replaceAll(/\s+/g, " ").trim());
  assertEquals(system?.includes("command"), false);
  assertEquals(user, '[mcp_servers.a] command = "foo"');
  assertEquals(project, '[mcp_servers.b] command = "bar"');
});

Deno.test("readConfigLayers: an untrusted project is left out", async () => {
  await using dir = await tempDir();
  const { path } = dir;
  await write(`${path}/home/config.toml`, USER);
  await write(`${path}/ws/.codex/config.toml`, '[mcp_servers.b]\ncommand = "evil"\n');
  await Deno.mkdir(`${path}/ws/.git`);
  const { layers } = await readConfigLayers(`${path}/ws`, `${path}/home`, [["mcp_servers"]], `${path}/etc`);
  assertEquals(layers.length, 1);
});

Deno.test("readConfigLayers: a file that is not TOML is named", async () => {
  await using dir = await tempDir();
  await write(`${dir.path}/home/config.toml`, "= nonsense");
  const reading = () => readConfigLayers(dir.path, `${dir.path}/home`, [["model"]], `${dir.path}/etc`);
  const error = await assertRejects(reading, RpcError, `${dir.path}/home/config.toml`);
  assertEquals(error.code, -32603);
});

Deno.test("readRequirementLayers: the machine's file, or nothing", async () => {
  await using dir = await tempDir();
  const { path } = dir;
  assertEquals((await readRequirementLayers([["x"]], `${path}/etc`)).cloudInsertionIndex, 0);
  await write(`${path}/etc/requirements.toml`, 'x = ["never"]\ny = 1\n');
  const { layers, cloudInsertionIndex } = await readRequirementLayers([["x"]], `${path}/etc`);
  assertEquals([layers.length, cloudInsertionIndex, layers[0]?.toml.trim()], [1, 1, 'x = ["never"]']);
  assertEquals((await readRequirementLayers([], `${path}/etc`)).layers, []);
});
