import { assertEquals, assertRejects } from "@std/assert";
import { ExecServerClient, RemoteFilesystem } from "../../client/mod.ts";
import { FakeExecServer } from "../../client/testing/mod.ts";
import { RpcError } from "../../protocol/mod.ts";

Deno.test("FakeExecServer runs what the test says, on the real client", async () => {
  const server = new FakeExecServer({
    run: ({ argv }) => {
      if (argv[0] === "cat") return { onInput: (text) => text === "q" ? "exit" : text.toUpperCase() };
      return argv[0] === "false" ? { stderr: "no\n", exitCode: 1 } : undefined;
    },
  });
  await using client = await ExecServerClient.connect(server.transport(), { clientName: "test" });
  await using failed = await client.start({ argv: ["false"], cwd: "/" });
  assertEquals((await failed.wait()).exitCode, 1);
  await using cat = await client.start({ argv: ["cat"], cwd: "/", pipeStdin: true });
  await cat.write(new TextEncoder().encode("a"));
  await cat.write(new TextEncoder().encode("q"));
  let text = "";
  for await (const event of cat) if (event.type === "output") text += new TextDecoder().decode(event.bytes);
  assertEquals(text, "A");
  await assertRejects(() => client.start({ argv: ["other"], cwd: "/" }), RpcError, "No such file");
});

Deno.test("FakeExecServer keeps files, and answers what the test wants answered otherwise", async () => {
  const server = new FakeExecServer({
    files: { "/a/b.txt": "text" },
    answer: (method) => {
      if (method === "fs/getMetadata") throw new RpcError(-32600, "Permission denied (os error 13)");
    },
  });
  await using client = await ExecServerClient.connect(server.transport(), { clientName: "test" });
  const filesystem = new RemoteFilesystem(() => Promise.resolve(client));
  assertEquals(await filesystem.readDirectory("/a"), [{ fileName: "b.txt", isDirectory: false, isFile: true }]);
  await assertRejects(async () => await filesystem.getMetadata("/a/b.txt"), RpcError, "Permission denied");
  await filesystem.remove("/a");
  const error = await assertRejects(() => filesystem.readFile("/a/b.txt"), RpcError);
  assertEquals(error.code, -32004);
});

Deno.test("FakeExecServer can be cut, and clients come back", async () => {
  const server = new FakeExecServer({ run: () => ({ stdout: "x", exitCode: "runs" }) });
  await using client = await ExecServerClient.connect(() => Promise.resolve(server.transport()), {
    clientName: "test",
    recovery: "resume",
  });
  await using process = await client.start({ argv: ["sleep"], cwd: "/" });
  await server.disconnect();
  assertEquals(await process.terminate(), true);
  assertEquals((await process.wait()).exitCode, 137);
  assertEquals(server.requests.filter(({ method }) => method === "initialize").length, 2);
});
