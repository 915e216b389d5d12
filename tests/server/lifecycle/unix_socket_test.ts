import { assert, assertEquals, assertMatch } from "@std/assert";
import { ExecServerClient } from "../../../client/mod.ts";
import { collectProcess } from "../../support/collect_process.ts";
import { lines } from "../../support/lines.ts";
import { tempDir } from "../../support/temp_dir.ts";
import { startServer } from "../../support/test_server.ts";
import { connectRaw } from "../../faults/support/raw_websocket.ts";
import { rawHttp, runServer } from "./support.ts";
import { exists } from "../../support/exists.ts";

/** Sends text on a new connection, closes that direction, and gives every line that comes back. */
async function converse(url: string, text: string): Promise<Record<string, unknown>[]> {
  const conn = await connectRaw(url) as Deno.UnixConn;
  await conn.write(new TextEncoder().encode(text));
  await conn.closeWrite();
  const messages: Record<string, unknown>[] = [];
  for await (const line of lines(conn.readable)) messages.push(JSON.parse(line));
  return messages;
}

Deno.test("unix socket: only its owner may use it and it is gone with the server", async () => {
  await using dir = await tempDir();
  const path = `${dir.path}/s`;
  {
    await using server = await startServer("--listen", `unix://${path}`);
    assertEquals(server.url, `unix://${path}`);
    const { mode, isSocket } = Deno.lstatSync(path);
    assert(isSocket);
    assertEquals((mode ?? 0) & 0o777, 0o600);
  }
  assert(!exists(path));
});

Deno.test("unix socket: speaks websocket, lines of JSON and HTTP", async () => {
  await using dir = await tempDir();
  await using server = await startServer("--listen", `unix://${dir.path}/s`);
  await using client = await ExecServerClient.connect(server.url, { clientName: "test" });
  assertEquals((await collectProcess(client, ["echo", "websocket"])).stdout, "websocket\n");

  const requests = [
    { id: 0, method: "initialize", params: { clientName: "lines" } },
    { method: "initialized" },
    { id: 1, method: "environment/status" },
  ];
  const text = requests.map((request) => JSON.stringify(request)).join("\r\n");
  const messages = await converse(server.url, `\n  ${text}`); // no newline behind the last one
  assertEquals(messages.map(({ id }) => id), [0, 1]);
  assertEquals(messages[1]?.result, { status: "ready" });
  const [error] = await converse(server.url, "{\n");
  assertMatch(
    (error?.error as { message: string }).message,
    /^failed to parse JSON-RPC message from exec-server unix socket: /,
  );
  assertEquals((await rawHttp(server.url, "GET /readyz HTTP/1.1\r\n\r\n")).status, 200);
  assertEquals((await rawHttp(server.url, "GET / HTTP/1.1\r\nOrigin: x\r\n\r\n")).status, 403);
});

Deno.test("unix socket: one that nobody listens on is replaced", async () => {
  await using dir = await tempDir();
  const path = `${dir.path}/s`;
  const first = await startServer("--listen", `unix://${path}`);
  first.kill("SIGKILL");
  await first[Symbol.asyncDispose]();
  assert(exists(path));
  await using second = await startServer("--listen", `unix://${path}`);
  await using client = await ExecServerClient.connect(second.url, { clientName: "test" });
  assertEquals(await client.call("environment/status", {}), { status: "ready" });
});

Deno.test("unix socket: one that a server listens on is left alone", async () => {
  await using dir = await tempDir();
  const listen = `unix://${dir.path}/s`;
  await using server = await startServer("--listen", listen);
  const { code, stdout, stderr } = await runServer(["--listen", listen]);
  assertEquals({ code, stdout }, { code: 1, stdout: "" });
  assertEquals(stderr.split("\n")[0], "Error: Address in use (os error 98)");
  await using client = await ExecServerClient.connect(server.url, { clientName: "test" });
  assertEquals(await client.call("environment/status", {}), { status: "ready" });
});

Deno.test("unix socket: a file that is no socket is never replaced", async () => {
  await using dir = await tempDir();
  const path = `${dir.path}/precious`;
  await Deno.writeTextFile(path, "content");
  const { code, stderr } = await runServer(["--listen", `unix://${path}`]);
  assertEquals(code, 1);
  assertEquals(stderr.split("\n")[0], `Error: cannot listen on ${path}: it exists and is not a socket`);
  assertEquals(await Deno.readTextFile(path), "content");
});

Deno.test("unix socket: a server does not remove the socket of the one that replaced it", async () => {
  await using dir = await tempDir();
  const path = `${dir.path}/s`;
  const first = await startServer("--listen", `unix://${path}`);
  await Deno.remove(path);
  await using second = await startServer("--listen", `unix://${path}`);
  await first[Symbol.asyncDispose]();
  assert(exists(path));
  await using client = await ExecServerClient.connect(second.url, { clientName: "test" });
  assertEquals(await client.call("environment/status", {}), { status: "ready" });
});

Deno.test("unix socket: a folder that is not there is a startup error", async () => {
  await using dir = await tempDir();
  const { code, stdout, stderr } = await runServer(["--listen", `unix://${dir.path}/no/s`]);
  assertEquals({ code, stdout }, { code: 1, stdout: "" });
  assertMatch(stderr, /^Error: No such file or directory \(os error 2\)/);
});
