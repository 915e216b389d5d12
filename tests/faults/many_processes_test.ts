import { assertEquals } from "@std/assert";
import { ExecServerClient } from "../../client/mod.ts";
import { collectProcess } from "../support/collect_process.ts";
import { startServer } from "../support/test_server.ts";
import { assertMemory, assertRestored, takeBaseline } from "./support/baseline.ts";

const PROCESSES = 500;
const MEMORY_MIB = 60;

Deno.test(`many processes: ${PROCESSES} at once on one connection all close and leave nothing`, async () => {
  await using server = await startServer("--process-retention", "0");
  const base = await takeBaseline(server);
  await using client = await ExecServerClient.connect(server.url, { clientName: "test" });
  const results = await Promise.all(
    Array.from(
      { length: PROCESSES },
      (_, i) => collectProcess(client, ["sh", "-c", `sleep 0.3; echo ${i}; exit ${i % 7}`]),
    ),
  );
  assertEquals(results.map(({ stdout }) => stdout), results.map((_, i) => `${i}\n`));
  assertEquals(results.map(({ exitCode }) => exitCode), results.map((_, i) => i % 7));
  assertEquals(results.map(({ events }) => events.at(-1)), results.map(() => "3 closed"));
  await client.close();
  await assertRestored(server, base);
  assertMemory(server, base, MEMORY_MIB);
});

Deno.test("many processes: an ended session kills all of them", async () => {
  await using server = await startServer("--session-ttl", "0");
  const base = await takeBaseline(server);
  await using client = await ExecServerClient.connect(server.url, { clientName: "test" });
  const env = { PATH: "/usr/bin:/bin" };
  await Promise.all(
    Array.from({ length: 200 }, (_, i) =>
      client.call("process/start", {
        processId: String(i),
        argv: ["sh", "-c", "sleep 60 & sleep 60"],
        cwd: "/",
        env,
        tty: i % 10 === 0,
      })),
  );
  await client.close();
  await assertRestored(server, base);
});
