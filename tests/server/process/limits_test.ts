import { assertEquals } from "@std/assert";
import { ExecServerClient } from "../../../client/mod.ts";
import { collectProcess } from "../../support/collect_process.ts";
import { sandboxOf } from "../../support/profiles_on_wire.ts";
import { startServer } from "../../support/test_server.ts";
import { probeCgroups } from "../../../server/process/cgroup_limits.ts";
import { HAS_BWRAP } from "./sandbox/scene.ts";

const cgroups = probeCgroups();

async function withClient(run: (client: ExecServerClient) => Promise<void>): Promise<void> {
  await using server = await startServer();
  await using client = await ExecServerClient.connect(server.url, { clientName: "test" });
  await run(client);
}

const sh = (script: string) => ["/bin/sh", "-c", script];

Deno.test("limits: wall time ends the group and says so", () =>
  withClient(async (client) => {
    const processId = "p";
    const run = await collectProcess(client, sh("sleep 60 & sleep 60"), { processId, limits: { wallTimeMs: 50 } });
    const failure = "wall time limit of 50 ms exceeded";
    assertEquals([run.exitCode, run.failure], [137, failure]);
    assertEquals((await client.call("process/read", { processId })).failure, failure);
  }));

Deno.test("limits: output is cut at the limit, and the process ended", () =>
  withClient(async (client) => {
    const script = "head -c 1000 /dev/zero | tr '\\0' a; head -c 1000 /dev/zero | tr '\\0' b >&2; sleep 60";
    const run = await collectProcess(client, sh(script), { limits: { outputBytes: 1500 } });
    assertEquals([run.exitCode, run.failure], [137, "output limit of 1500 bytes exceeded"]);
    assertEquals(run.stdout.length + run.stderr.length, 1500);
  }));

Deno.test("limits: a process below them is left alone", () =>
  withClient(async (client) => {
    const limits = { outputBytes: 5, wallTimeMs: 60_000, memoryBytes: null, pids: null };
    const run = await collectProcess(client, sh("printf 12345"), { processId: "p", limits });
    assertEquals([run.exitCode, run.stdout, run.failure], [0, "12345", undefined]);
    assertEquals((await client.call("process/read", { processId: "p" })).failure, null);
  }));

Deno.test("limits: a terminal has them as well", () =>
  withClient(async (client) => {
    const run = await collectProcess(client, sh("sleep 60"), { tty: true, limits: { wallTimeMs: 50 } });
    assertEquals([run.exitCode, run.failure], [1, "wall time limit of 50 ms exceeded"]);
  }));

Deno.test({
  name: "limits: and a sandboxed process",
  ignore: !HAS_BWRAP,
  fn: () =>
    withClient(async (client) => {
      const overrides = { sandbox: sandboxOf(["r :root"], "/"), limits: { wallTimeMs: 100 } };
      const run = await collectProcess(client, sh("setsid sleep 60 & sleep 60"), overrides);
      assertEquals([run.exitCode, run.failure], [137, "wall time limit of 100 ms exceeded"]);
    }),
});

Deno.test({
  name: "limits: memory and processes are refused where the kernel cannot keep them",
  ignore: cgroups.works,
  fn: () =>
    withClient(async (client) => {
      for (const limits of [{ memoryBytes: 1 << 20 }, { pids: 5 }]) {
        const error = await collectProcess(client, sh("true"), { limits }).then(() => undefined, (error) => error);
        const reason = cgroups.works ? "" : cgroups.reason;
        assertEquals([error?.code, error?.message], [
          -32602,
          `memory and process limits are not available here: ${reason}`,
        ]);
      }
      const { capabilities } = await client.call("environment/info", null);
      assertEquals([capabilities?.processLimits, capabilities?.processMemoryLimits], [true, false]);
    }),
});

for (const [name, sandbox] of [["plain", null], ["sandboxed", sandboxOf(["r :root"], "/")]] as const) {
  Deno.test({
    name: `limits: memory of a ${name} process, which takes its children along`,
    ignore: !cgroups.works || (sandbox !== null && !HAS_BWRAP),
    fn: () =>
      withClient(async (client) => {
        const limits = { memoryBytes: 32 * 2 ** 20 };
        const run = await collectProcess(client, sh("head -c 200000000 /dev/zero | tail -c 200000000"), {
          limits,
          sandbox,
        });
        assertEquals(run.failure, `memory limit of ${limits.memoryBytes} bytes exceeded`);
      }),
  });
}
