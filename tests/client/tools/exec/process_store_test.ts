import { assert, assertEquals } from "@std/assert";
import { ProcessStore } from "../../../../client/tools/exec/process_store.ts";
import { ToolProcess } from "../../../../client/tools/exec/tool_process.ts";
import { LIMITS } from "../../../../protocol/mod.ts";
import { alive } from "../../../support/process_table.ts";
import { until } from "../../../support/until.ts";
import { KINDS } from "../environments.ts";

const MAX = LIMITS.maxToolProcesses;

Deno.test("ProcessStore: a full one gives up an ended process, then the least recently used, never the last eight", async () => {
  await using environment = await KINDS[0]!.open();
  await using store = new ProcessStore();
  const start = async (command: string) => {
    const handle = await environment.exec.start({ argv: ["/bin/sh", "-c", command], cwd: "/", env: {} });
    return new ToolProcess(handle, false);
  };
  const ended = await start("exit 4"), endedLate = await start("exit 5");
  await Promise.all([ended.waitForExit(30_000), endedLate.waitForExit(30_000)]);
  const first = await start("exec sleep 60");
  const ids = [store.add(first)];
  const endedId = store.add(ended);
  while (ids.length < MAX - 2) ids.push(store.add(await start("exec sleep 60")));
  const lateId = store.add(endedLate); // among the last eight
  assertEquals(new Set([...ids, endedId, lateId]).size, MAX);
  assert([...ids, endedId, lateId].every((id) => id >= 1_000 && id <= 99_999));

  store.add(await start("exec sleep 60"));
  assertEquals(store.use(endedId), undefined, "the ended one goes first");
  assert(store.use(ids[0] as number) !== undefined, "used: now the last one");
  store.add(await start("exec sleep 60"));
  assert(store.use(lateId) !== undefined, "ended, but among the last eight");
  assertEquals(store.use(ids[1] as number), undefined, "least recently used");
  assert(store.use(ids[0] as number) !== undefined);
  assert(!first.ended);
});

Deno.test("ProcessStore: what it gives up, removes or holds at the end is killed", async () => {
  await using environment = await KINDS[0]!.open();
  const store = new ProcessStore();
  const start = async () => {
    const argv = ["/bin/sh", "-c", "echo $$; exec sleep 60"];
    const process = new ToolProcess(await environment.exec.start({ argv, cwd: "/", env: {} }), false);
    let text = "";
    while (!text.endsWith("\n")) text += new TextDecoder().decode((await process.collect(20)).head);
    return { pid: Number(text), id: store.add(process) };
  };
  const removed = await start(), held = await start();
  assert(alive(removed.pid) && alive(held.pid));
  store.remove(removed.id);
  assertEquals(store.use(removed.id), undefined);
  assert(store.use(held.id) !== undefined);
  await store[Symbol.asyncDispose]();
  await until("both are gone", () => !alive(removed.pid) && !alive(held.pid));
});
