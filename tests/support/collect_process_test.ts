import { assert, assertEquals } from "@std/assert";
import { ExecServerClient } from "../../client/mod.ts";
import { collectProcess } from "./collect_process.ts";
import { alive } from "./process_table.ts";
import { startServer } from "./test_server.ts";

Deno.test("collectProcess() gives output, exit code and the order of events", async () => {
  await using server = await startServer();
  await using client = await ExecServerClient.connect(server.url, { clientName: "test" });
  const { stdout, stderr, exitCode, events } = await collectProcess(client, ["sh", "-c", "echo out; exit 3"]);
  assertEquals({ stdout, stderr, exitCode }, { stdout: "out\n", stderr: "", exitCode: 3 });
  assertEquals(events.map((event) => event.split(" ")[1]).toSorted(), ["closed", "exited", "stdout"]);
  assertEquals(events.at(-1), "3 closed");
});

Deno.test("startServer() stops the server when it is disposed", async () => {
  let pid: number;
  {
    await using server = await startServer();
    ({ pid } = server);
    assert(alive(pid));
  }
  assert(!alive(pid));
});
