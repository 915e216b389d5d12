import { assert, assertEquals, assertRejects } from "@std/assert";
import { ExecServerClient } from "../../../client/mod.ts";
import { RpcError } from "../../../protocol/mod.ts";
import { environmentInfoSchema } from "../../../protocol/schemas/session.ts";
import { findLibc } from "../../../sandbox/libc_path.ts";
import { ExecServer, type ExecServerOptions, type LogFields } from "../../../server/mod.ts";
import { tempDir } from "../../support/temp_dir.ts";

const hasLibc = findLibc() !== undefined;

function readOnly(root: string) {
  const entries = [{ path: { type: "path", path: root }, access: "read" }];
  const file_system = { type: "restricted", entries };
  return {
    permissions: { type: "managed", network: "restricted", file_system },
    cwd: root,
    windowsSandboxLevel: "disabled",
  };
}

/** A server with a log, and a workspace with a file. */
async function place(sandbox: ExecServerOptions["sandbox"]) {
  const lines: [string, LogFields | undefined][] = [];
  const note = (message: string, fields?: LogFields) => void lines.push([message, fields]);
  const log = { error: note, warn: note, info: note, debug: () => {} };
  const dir = await tempDir();
  const root = `${Deno.realPathSync(dir.path)}/ws`;
  Deno.mkdirSync(root);
  Deno.writeTextFileSync(`${root}/f`, "inside");
  Deno.writeTextFileSync(`${root}/../secret`, "secret!");
  Deno.symlinkSync("../secret", `${root}/l`);
  const server = await ExecServer.create({ ...(sandbox !== undefined && { sandbox }), log });
  const url = await server.listen({ kind: "websocket", hostname: "127.0.0.1", port: 0 });
  const client = await ExecServerClient.connect(url, { clientName: "test" });
  const read = (name: string) => client.call("fs/readFile", { path: `${root}/${name}`, sandbox: readOnly(root) });
  const info = async () => environmentInfoSchema.parse(await client.call("environment/info", {})).sandbox?.filesystem;
  return {
    lines,
    read,
    info,
    client,
    [Symbol.asyncDispose]: async () => {
      await client[Symbol.asyncDispose]();
      await server.shutdown();
      await dir[Symbol.asyncDispose]();
    },
  };
}

Deno.test({
  name: "sandbox walls: are told at the start, and again as the helper found them",
  ignore: !hasLibc,
  fn: async () => {
    await using it = await place(undefined);
    const told = it.client.environmentInfo?.sandbox?.filesystem;
    assertEquals([told?.walls[0], told?.walls.at(-1)], ["descriptorWalk", "denoFlags"]);
    const [, fields] = it.lines.find(([text]) => text === "sandbox for files") ?? [];
    assertEquals(fields?.walls, told?.walls.join(" "));
    await it.read("f");
    assertEquals(await it.info(), told);
    assert(it.lines.some(([text]) => text === "sandbox helper started"));
  },
});

Deno.test("sandbox walls: without FFI restricted requests are refused, and nothing is said to stand", async () => {
  await using it = await place({ libc: null });
  assertEquals(await it.info(), {
    walls: [],
    missing: ["descriptors: no C library", "landlock: no C library"],
  });
  const error = await assertRejects(() => it.read("f"), RpcError);
  assertEquals(error.code, -32600);
  assert(error.message.startsWith("sandboxed requests cannot be enforced on this host: "), error.message);
  assert(it.lines.some(([text]) => text === "sandbox for files: none: sandboxed requests are refused"));
});

Deno.test("sandbox walls: the operator may take checked paths for enough", async () => {
  await using it = await place({ libc: null, allowPortable: true });
  assertEquals((await it.info())?.walls, ["canonicalPaths", "denoFlags"]);
  assertEquals((await it.read("f")).dataBase64, btoa("inside"));
  const error = await assertRejects(() => it.read("l"), RpcError);
  assertEquals([error.code, error.message], [-32004, "No such file or directory (os error 2)"]);
  assertEquals((await it.info())?.walls, ["canonicalPaths", "denoFlags"]);
  assert(it.lines.some(([text]) => text === "sandbox for files: weaker than promised, as allowed"));
});
