import { assertEquals, assertRejects } from "@std/assert";
import { ExecServerClient } from "../../../client/mod.ts";
import { type MethodName, type ParamsOf, RpcError } from "../../../protocol/mod.ts";
import { tempDir } from "../../support/temp_dir.ts";
import { startServer } from "../../support/test_server.ts";

/** A profile that grants the workspace for writing, a folder in it for reading only, and denies another. */
function profile(root: string) {
  const entry = (path: string, access: string) => ({ path: { type: "path", path }, access });
  const entries = [entry(root, "write"), entry(`${root}/docs`, "read"), entry(`${root}/secret`, "deny")];
  return {
    permissions: { type: "managed", network: "restricted", file_system: { type: "restricted", entries } },
    cwd: root,
    windowsSandboxLevel: "disabled",
  };
}

async function refusal<M extends MethodName>(client: ExecServerClient, method: M, params: ParamsOf<M>) {
  const { code, message } = await assertRejects(() => client.call(method, params), RpcError);
  return [code, message];
}

Deno.test("sandbox: a restricted request is carried out as far as its profile goes, and no further", async () => {
  await using dir = await tempDir();
  const root = `${Deno.realPathSync(dir.path)}/ws`;
  for (const name of ["docs", "secret"]) Deno.mkdirSync(`${root}/${name}`, { recursive: true });
  Deno.writeTextFileSync(`${root}/docs/a`, "doc");
  Deno.writeTextFileSync(`${root}/secret/key`, "key");
  Deno.writeTextFileSync(`${root}/../outside`, "outside");
  Deno.symlinkSync("../outside", `${root}/link`);
  Deno.symlinkSync("secret/key", `${root}/key`);
  await using server = await startServer();
  await using client = await ExecServerClient.connect(server.url, { clientName: "test" });
  const sandbox = profile(root);
  const dataBase64 = btoa("new");

  await client.call("fs/writeFile", { path: `${root}/new`, dataBase64, sandbox });
  assertEquals(Deno.readTextFileSync(`${root}/new`), "new");
  assertEquals((await client.call("fs/readFile", { path: `${root}/docs/a`, sandbox })).dataBase64, btoa("doc"));

  const missing = [-32004, "No such file or directory (os error 2)"];
  const denied = [-32600, "Permission denied (os error 13)"];
  assertEquals(await refusal(client, "fs/readFile", { path: `${root}/link`, sandbox }), missing);
  assertEquals(await refusal(client, "fs/readFile", { path: `${root}/../outside`, sandbox }), missing);
  assertEquals(await refusal(client, "fs/readFile", { path: `${root}/secret/key`, sandbox }), denied);
  assertEquals(await refusal(client, "fs/readFile", { path: `${root}/key`, sandbox }), denied);
  const readOnly = await refusal(client, "fs/writeFile", { path: `${root}/docs/b`, dataBase64, sandbox });
  assertEquals(readOnly, [-32603, "Read-only file system (os error 30)"]);
  await refusal(client, "fs/writeFile", { path: `${root}/link`, dataBase64, sandbox });
  assertEquals(Deno.readTextFileSync(`${root}/../outside`), "outside");

  // the negative control: without the profile all of it works
  for (const path of [`${root}/link`, `${root}/key`]) await client.call("fs/readFile", { path });
});

Deno.test("sandbox: what a profile refers to is looked at again when it changes", async () => {
  await using dir = await tempDir();
  const root = `${Deno.realPathSync(dir.path)}/ws`;
  Deno.mkdirSync(root);
  Deno.writeTextFileSync(`${root}/f`, "old");
  await using server = await startServer();
  await using client = await ExecServerClient.connect(server.url, { clientName: "test" });
  const read = () => client.call("fs/readFile", { path: `${root}/f`, sandbox: profile(root) });
  assertEquals((await read()).dataBase64, btoa("old"));
  Deno.renameSync(root, `${root}-gone`);
  Deno.mkdirSync(root);
  Deno.writeTextFileSync(`${root}/f`, "new");
  assertEquals((await read()).dataBase64, btoa("new"));
});
