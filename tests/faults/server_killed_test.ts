import { assert, assertEquals } from "@std/assert";
import { ExecServerClient } from "../../client/mod.ts";
import type { ServerProcess } from "../support/server_process.ts";
import { startServer } from "../support/test_server.ts";
import { until } from "../support/until.ts";
import { alive, markedPids, watchdogOf } from "./support/descendants.ts";

const MARK = "EXEC_SERVER_FAULT";
const GONE_WITHIN_MS = 2_000;

interface Tree {
  readonly argv: readonly string[];
  readonly tty?: boolean;
  /** Processes it consists of. */
  readonly size: number;
}

const TREES: Readonly<Record<string, Tree>> = {
  grandchildren: { argv: ["sh", "-c", "sleep 60 & sh -c 'sleep 60 & sleep 60 & wait' & wait"], size: 5 },
  ignoring: { argv: ["sh", "-c", "trap '' TERM HUP INT; sleep 60 & sleep 60; sleep 60"], size: 3 },
  // -m gives each background job a group of its own
  terminal: { argv: ["bash", "-mc", "trap '' HUP; sleep 60 & sleep 60 & wait"], tty: true, size: 3 },
  setsid: { argv: ["sh", "-c", "setsid sh -c 'sleep 60 & wait' & wait"], size: 3 },
  orphaned: { argv: ["sh", "-c", "(sleep 60 & sleep 60 &); sleep 60 & wait"], size: 4 },
  leaderless: { argv: ["sh", "-c", "sleep 60 & exit 0"], size: 1 },
};
const SIZE = Object.values(TREES).reduce((sum, { size }) => sum + size, 0);

/** Starts all trees and waits until they are complete. */
async function startTrees(client: ExecServerClient, mark: string): Promise<void> {
  for (const [processId, { argv, tty = false }] of Object.entries(TREES)) {
    const env = { PATH: "/usr/bin:/bin", [MARK]: mark };
    await client.call("process/start", { processId, argv: [...argv], cwd: "/", env, tty });
  }
  await until("all trees have grown", () => markedPids(MARK, mark).length === SIZE);
}

/** The server's watchdog once it knows every group: it reads its input. */
async function currentWatchdog(server: ServerProcess): Promise<number> {
  await until("a watchdog runs", () => watchdogOf(server.pid) !== undefined);
  return watchdogOf(server.pid) as number;
}

async function killServer(server: ServerProcess, client: ExecServerClient): Promise<void> {
  server.kill("SIGKILL");
  await server.status;
  await client.closed;
}

function killAll(mark: string): void {
  for (const pid of markedPids(MARK, mark)) Deno.kill(pid, "SIGKILL");
}

Deno.test("server ended by SIGKILL: every process tree is gone within 2 s, and the watchdog", async () => {
  await using server = await startServer();
  await using client = await ExecServerClient.connect(server.url, { clientName: "test" });
  const mark = crypto.randomUUID();
  try {
    await startTrees(client, mark);
    const watchdog = await currentWatchdog(server);
    await killServer(server, client);
    await until("all trees are gone", () => markedPids(MARK, mark).length === 0, GONE_WITHIN_MS);
    await until("the watchdog is gone", () => !alive(watchdog), GONE_WITHIN_MS);
  } finally {
    killAll(mark);
  }
});

Deno.test("server ended by SIGKILL: control: without its watchdog processes survive", async () => {
  await using server = await startServer();
  await using client = await ExecServerClient.connect(server.url, { clientName: "test" });
  const mark = crypto.randomUUID();
  try {
    await startTrees(client, mark);
    const watchdog = await currentWatchdog(server);
    server.kill("SIGSTOP"); // so that it cannot start another one
    Deno.kill(watchdog, "SIGKILL");
    await killServer(server, client);
    await until("the watchdog is gone", () => !alive(watchdog));
    assertEquals(markedPids(MARK, mark).length, SIZE);
  } finally {
    killAll(mark);
  }
  await until("the survivors are gone", () => markedPids(MARK, mark).length === 0);
});

Deno.test("watchdog killed: a new one is started, knows the groups and does their killing", async () => {
  await using server = await startServer();
  await using client = await ExecServerClient.connect(server.url, { clientName: "test" });
  const mark = crypto.randomUUID();
  try {
    await startTrees(client, mark);
    const watchdogs = [await currentWatchdog(server)];
    for (let round = 1; round <= 3; round++) {
      Deno.kill(watchdogs.at(-1) as number, "SIGKILL");
      await until("another watchdog runs", () => ![undefined, watchdogs.at(-1)].includes(watchdogOf(server.pid)));
      watchdogs.push(watchdogOf(server.pid) as number);
      // none but processes of the request were touched
      assertEquals(markedPids(MARK, mark).length, SIZE);
    }
    // the server answers, so it has handed over what it knows
    await client.call("environment/status", {});
    await killServer(server, client);
    await until("all trees are gone", () => markedPids(MARK, mark).length === 0, GONE_WITHIN_MS);
    await until("the watchdogs are gone", () => !watchdogs.some(alive), GONE_WITHIN_MS);
  } finally {
    killAll(mark);
  }
});

Deno.test("watchdog: signals that end programs do not end it", async () => {
  await using server = await startServer();
  await using client = await ExecServerClient.connect(server.url, { clientName: "test" });
  await client.call("process/start", { processId: "p", argv: ["sleep", "60"], cwd: "/", env: {}, tty: false });
  const watchdog = await currentWatchdog(server);
  for (const signal of ["SIGTERM", "SIGINT", "SIGHUP", "SIGQUIT"] as const) Deno.kill(watchdog, signal);
  await client.call("process/terminate", { processId: "p" });
  await client.call("process/read", { processId: "p", afterSeq: 2, waitMs: 5_000 });
  assert(alive(watchdog));
  assertEquals(watchdogOf(server.pid), watchdog);
});
