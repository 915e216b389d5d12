import { assert, assertEquals, assertMatch } from "@std/assert";
import { ExecServerClient, RemoteExec, RemoteFilesystem } from "../../../../client/mod.ts";
import type { Environment } from "../../../../client/mod.ts";
import { Toolset } from "../../../../client/tools/mod.ts";
import { startServer } from "../../../support/test_server.ts";

Deno.test("exec_command, write_stdin: a lost executor is told, and its session forgotten", async () => {
  await using server = await startServer();
  await using client = await ExecServerClient.connect(server.url, { clientName: "test" });
  const connection = () => Promise.resolve(client);
  const environment = {
    id: "remote",
    isRemote: true,
    capabilities: { exec: true, filesystem: true },
    exec: new RemoteExec(connection),
    filesystem: new RemoteFilesystem(connection),
    info: () => client.call("environment/info", {}),
  } as unknown as Environment;
  await using tools = new Toolset({ environments: [{ environment, cwd: "/" }] });
  const call = async (name: string, args: unknown) => {
    const { content: [part], isError } = await tools.call(name, JSON.stringify(args));
    return { text: part?.type === "text" ? part.text : "", isError };
  };
  const { text } = await call("exec_command", { cmd: "sleep 60", login: false, yield_time_ms: 250 });
  const session_id = Number(/session ID (\d+)/.exec(text)?.[1]);
  const running = call("exec_command", { cmd: "sleep 60", login: false });
  const polled = call("write_stdin", { session_id });
  server.kill("SIGKILL");
  const lost = await running;
  assert(lost.isError);
  assertMatch(
    lost.text,
    /^exec_command failed: (ProcessFailed \{ message: "exec-server transport|CreateProcess \{ message: "Rejected)/,
  );
  const { text: poll, isError } = await polled;
  assert(isError);
  assertMatch(poll, /^write_stdin failed: Unified exec process failed: exec-server transport/);
  assertEquals(
    (await call("write_stdin", { session_id })).text,
    `write_stdin failed: Unknown process id ${session_id}`,
  );
  assertMatch((await call("exec_command", { cmd: "true" })).text, /^exec_command failed: CreateProcess/);
});
