import { assert, assertEquals, assertRejects } from "@std/assert";
import { ExecServerClient } from "../../client/mod.ts";
import { RpcError } from "../../protocol/mod.ts";
import { collectProcess } from "../support/collect_process.ts";
import { fdCount } from "../support/fd_count.ts";
import { ServerProcess } from "../support/server_process.ts";
import { serverCommand } from "../support/test_server.ts";
import { until } from "../support/until.ts";
import { alive, childrenOf, markedPids, watchdogOf } from "./support/descendants.ts";

const LIMIT = 128;
const NO_DESCRIPTORS = { code: -32603, message: "No file descriptors available (os error 24)" };
const MARK = "EXEC_SERVER_FAULT";

function startLimited(...args: string[]): Promise<ServerProcess> {
  const { program, args: own } = serverCommand("--log-level", "off", ...args);
  return ServerProcess.start({ program: "prlimit", args: [`--nofile=${LIMIT}:${LIMIT}`, program, ...own] });
}

function connect(server: ServerProcess): Promise<ExecServerClient> {
  return ExecServerClient.connect(server.url, { clientName: "test" });
}

/** Opens files until no descriptor is left. @returns the ids of the handles */
async function exhaust(client: ExecServerClient, prefix = "h"): Promise<string[]> {
  const handles: string[] = [];
  while (handles.length < LIMIT) {
    const handleId = `${prefix}${handles.length}`;
    try {
      await client.call("fs/open", { handleId, path: "/etc/passwd" });
    } catch (error) {
      assertFull(error);
      return handles;
    }
    handles.push(handleId);
  }
  throw new Error("the limit was never reached");
}

function assertFull(error: unknown): void {
  if (!(error instanceof RpcError)) throw error;
  assertEquals({ code: error.code, message: error.message }, NO_DESCRIPTORS);
}

function start(client: ExecServerClient, processId: string, tty: boolean, argv = ["sleep", "60"], env = {}) {
  return client.call("process/start", { processId, argv, cwd: "/", env: { PATH: "/usr/bin:/bin", ...env }, tty });
}

async function release(client: ExecServerClient, handles: readonly string[]): Promise<void> {
  await Promise.all(handles.map((handleId) => client.call("fs/close", { handleId })));
}

Deno.test("descriptor limit: process/start and fs/open say so, connections live on, all works after a release", async () => {
  await using server = await startLimited();
  await using early = await connect(server);
  await using client = await connect(server);
  await collectProcess(early, ["true"]);
  const base = fdCount(server.pid);
  const echoed = Promise.withResolvers<void>();
  early.on("process/output", () => echoed.resolve());
  await early.call("process/start", {
    processId: "cat",
    argv: ["cat"],
    cwd: "/",
    env: {},
    tty: false,
    pipeStdin: true,
  });

  const handles = await exhaust(client);
  assertFull(await assertRejects(() => start(client, "p", false)));
  assertFull(await assertRejects(() => start(client, "t", true)));
  assertFull(await assertRejects(() => client.call("fs/readFile", { path: "/etc/passwd" })));
  const waiting = connect(server); // waits to be accepted
  await early.call("process/write", { processId: "cat", chunk: btoa("hello\n"), writeId: "1" });
  await echoed.promise;
  assertEquals(await early.call("environment/status", {}), { status: "ready" });
  await early.call("process/terminate", { processId: "cat" });

  await release(client, handles);
  await using late = await waiting;
  const results = await Promise.all([late, early, client].map((one) => collectProcess(one, ["echo", "fine"])));
  assertEquals(results.map(({ stdout }) => stdout), ["fine\n", "fine\n", "fine\n"]);
  await late.close();
  await until("the descriptors are back", () => fdCount(server.pid) <= base);
  await until("only the watchdog is left", () => childrenOf(server.pid).length === 1);
});

Deno.test("descriptor limit: the first process finds none for the watchdog and for waiting, later ones work", async () => {
  await using server = await startLimited();
  await using client = await connect(server);
  const handles = await exhaust(client);
  // each step frees one descriptor, so the start fails at every place where one is needed
  let started = 0;
  for (let tries = 0; started === 0; tries++) {
    assert(tries < 30, "30 descriptors are not enough for a process");
    const [handleId] = handles.splice(0, 1);
    await client.call("fs/close", { handleId: handleId as string });
    try {
      await start(client, "p", false);
      started++;
    } catch (error) {
      assertFull(error);
    }
  }
  await release(client, handles);
  const { stdout } = await collectProcess(client, ["echo", "fine"]);
  assertEquals(stdout, "fine\n");
  await client.call("process/terminate", { processId: "p" });
});

for (const tty of [false, true]) {
  const kind = tty ? "terminal" : "pipes";
  Deno.test(`descriptor limit: a start that fails for want of any one descriptor leaves nothing: ${kind}`, async () => {
    await using server = await startLimited();
    await using client = await connect(server);
    await collectProcess(client, ["true"], { tty });
    const handles = await exhaust(client);
    let failures = 0;
    for (let free = 0; free < 12; free++) {
      const [handleId] = handles.splice(0, 1);
      await client.call("fs/close", { handleId: handleId as string });
      const before = fdCount(server.pid);
      try {
        const { exitCode } = await collectProcess(client, ["true"], { tty });
        assertEquals(exitCode, 0);
      } catch (error) {
        assertFull(error);
        failures++;
        assertEquals(childrenOf(server.pid).length, 1);
      }
      await until("nothing is left open", () => fdCount(server.pid) <= before);
    }
    assert(failures >= 2 && failures <= 10, `${failures} failures`);
  });
}

Deno.test("descriptor limit: a terminal and its background jobs are killed all the same", async () => {
  const mark = crypto.randomUUID();
  await using server = await startLimited();
  await using client = await connect(server);
  const script = "trap '' HUP; sleep 60 & sleep 60 & wait";
  await start(client, "t", true, ["bash", "-mc", script], { [MARK]: mark });
  try {
    await until("the jobs run", () => markedPids(MARK, mark).length === 3);
    await exhaust(client);
    assertEquals(await client.call("process/terminate", { processId: "t" }), { running: true });
    await until("the jobs are gone", () => markedPids(MARK, mark).length === 0);
  } finally {
    for (const pid of markedPids(MARK, mark)) Deno.kill(pid, "SIGKILL");
  }
});

Deno.test("descriptor limit: the processes of an expired session are killed all the same", async () => {
  const mark = crypto.randomUUID();
  await using server = await startLimited("--session-ttl", "300ms");
  await using hog = await connect(server);
  const client = await connect(server);
  const script = "trap '' HUP; sleep 60 & sleep 60 & wait";
  for (const processId of ["a", "b"]) {
    await start(client, processId, true, ["bash", "-mc", script], { [MARK]: mark });
  }
  await start(client, "c", false, ["sleep", "60"], { [MARK]: mark });
  try {
    await until("the jobs run", () => markedPids(MARK, mark).length === 7);
    await exhaust(hog);
    // its connection's descriptor goes to the one that waits for it
    const next = connect(server);
    await client.close();
    await using _next = await next;
    await until("the jobs are gone", () => markedPids(MARK, mark).length === 0);
  } finally {
    for (const pid of markedPids(MARK, mark)) Deno.kill(pid, "SIGKILL");
  }
});

Deno.test("descriptor limit: a watchdog that is killed then comes back as soon as it can", async () => {
  await using server = await startLimited();
  await using client = await connect(server);
  await start(client, "p", false);
  const watchdog = watchdogOf(server.pid) as number;
  const handles = await exhaust(client);
  Deno.kill(watchdog, "SIGKILL");
  await until("the watchdog is gone", () => !alive(watchdog));
  handles.push(...await exhaust(client, "more"));
  assertEquals(await client.call("environment/status", {}), { status: "ready" });
  assertEquals(watchdogOf(server.pid), undefined);
  await release(client, handles);
  await until("another watchdog runs", () => watchdogOf(server.pid) !== undefined);
});
