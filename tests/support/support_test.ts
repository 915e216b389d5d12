import { assert, assertEquals, assertRejects } from "@std/assert";
import { fdCount } from "./fd_count.ts";
import { alive, pidsOfGroup } from "./process_table.ts";
import { residentMemory } from "./resident_memory.ts";
import { ServerProcess } from "./server_process.ts";
import { until } from "./until.ts";

Deno.test("ServerProcess.start() gives the first line as the URL and collects stderr", async () => {
  const script = "echo log >&2; echo ws://127.0.0.1:1; exec sleep 60";
  await using server = await ServerProcess.start({ program: "sh", args: ["-c", script] });
  assertEquals(server.url, "ws://127.0.0.1:1");
  await until("stderr arrives", () => server.stderr.length > 0);
  assertEquals(server.stderr, ["log"]);
});

Deno.test("ServerProcess.start() tells why a server did not start", async () => {
  const start = ServerProcess.start({ program: "sh", args: ["-c", "echo broken >&2; exit 1"] });
  await assertRejects(() => start, Error, "did not start: broken");
});

Deno.test("alive(), pidsOfGroup() and residentMemory() follow a process", async () => {
  const child = new Deno.Command("sleep", { args: ["60"], detached: true }).spawn();
  assert(alive(child.pid));
  assertEquals(pidsOfGroup(child.pid), [child.pid]);
  assert(residentMemory(child.pid) > 0);
  child.kill("SIGKILL");
  await child.status;
  assert(!alive(child.pid));
  assertEquals(pidsOfGroup(child.pid), []);
  assertEquals(residentMemory(child.pid), 0);
});

Deno.test("fdCount() counts the descriptors of another process", async () => {
  const child = new Deno.Command("sh", {
    args: ["-c", "exec 7</dev/null 8</dev/null; echo ready; read line"],
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  await child.stdout.getReader().read();
  const open = [...Deno.readDirSync(`/proc/${child.pid}/fd`)].map(({ name }) => name);
  assertEquals(fdCount(child.pid), open.length);
  assertEquals(open.includes("7") && open.includes("8"), true);
  await child.stdin.close();
  await child.status;
});
