import { assert, assertEquals } from "@std/assert";
import { ExecServerClient } from "../../../client/mod.ts";
import { collectProcess } from "../../support/collect_process.ts";
import { fdCount } from "../../support/fd_count.ts";
import { residentMemory } from "../../support/resident_memory.ts";
import type { ServerProcess } from "../../support/server_process.ts";
import { until } from "../../support/until.ts";
import { childrenOf, watchdogOf } from "./descendants.ts";

/** What a server held before a fault, to be compared with what it holds after it. */
export interface Baseline {
  readonly descriptors: number;
  readonly memory: number;
}

/** Notes what a server holds that has worked already and has no client. */
export async function takeBaseline(server: ServerProcess): Promise<Baseline> {
  await warmUp(server);
  await assertServes(server);
  return { descriptors: fdCount(server.pid), memory: residentMemory(server.pid) };
}

/** Deno keeps one inotify instance, with three descriptors, from the first watch on. */
async function warmUp(server: ServerProcess): Promise<void> {
  await using client = await ExecServerClient.connect(server.url, { clientName: "warm-up" });
  await client.call("fs/watchMissing", { watchId: 1, missing: ["/does/not/exist"] });
}

/** Asserts that nothing of a fault is left: no descriptor, no child but the watchdog; and that the server answers. */
export async function assertRestored(server: ServerProcess, base: Baseline): Promise<void> {
  await assertServes(server);
  await until(
    `the server has ${base.descriptors} descriptors again`,
    () => fdCount(server.pid) <= base.descriptors,
  );
  await until("the server has no child but its watchdog", () => childrenOf(server.pid).length === 1);
  assertEquals(childrenOf(server.pid), [watchdogOf(server.pid)]);
  assertEquals(server.stderr, []);
}

/** Asserts that the server's memory has not grown by more than this. */
export function assertMemory(server: ServerProcess, base: Baseline, mebibytes: number): void {
  const grown = Math.round((residentMemory(server.pid) - base.memory) / 2 ** 20);
  assert(grown <= mebibytes, `the server's memory grew by ${grown} MiB, allowed are ${mebibytes}`);
}

/** Asserts that a new client is served. */
export async function assertServes(server: ServerProcess): Promise<void> {
  await using client = await ExecServerClient.connect(server.url, { clientName: "probe" });
  const { stdout, exitCode } = await collectProcess(client, ["sh", "-c", "echo fine"]);
  assertEquals({ stdout, exitCode }, { stdout: "fine\n", exitCode: 0 });
}
