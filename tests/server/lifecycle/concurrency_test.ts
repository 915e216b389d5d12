import { assert, assertEquals, assertRejects } from "@std/assert";
import { ExecServerClient } from "../../../client/mod.ts";
import { LIMITS, RpcError } from "../../../protocol/mod.ts";
import { tempDir } from "../../support/temp_dir.ts";
import { startServer } from "../../support/test_server.ts";
import { childrenOf, readOrEmpty } from "../../faults/support/descendants.ts";

const ENV = { PATH: "/usr/bin:/bin" };
const PIPELINED = 200;

/** None of the client's own bounds may end a call here: a starved machine answers late. */
const PATIENCE_MS = 300_000;

function connect(url: string): Promise<ExecServerClient> {
  const options = { initializeTimeoutMs: PATIENCE_MS, pingIntervalMs: PATIENCE_MS };
  return ExecServerClient.connect(url, { clientName: "test", ...options });
}

function start(client: ExecServerClient, processId: string, argv: string[]) {
  return client.call("process/start", { processId, argv, cwd: "/", env: ENV, tty: false, pipeStdin: true });
}

Deno.test("concurrency: requests above the in-flight bound wait and none is lost", async () => {
  await using server = await startServer();
  await using client = await connect(server.url);
  // its input stays open: it ends when it is killed, however long this takes
  await start(client, "quiet", ["cat"]);
  const count = LIMITS.maxInFlightRequests + 44;
  let answered = 0;
  const polls = Array.from({ length: count }, async () => {
    const { exited } = await client.call("process/read", { processId: "quiet", waitMs: 3_600_000 });
    answered++;
    return exited;
  });
  // stands behind all of them
  let reached = false;
  const last = client.call("process/terminate", { processId: "quiet" }).then((result) => {
    reached = true;
    return result;
  });
  await using other = await connect(server.url);
  for (let turns = 0; turns < 50; turns++) await other.call("environment/status", {});
  assertEquals([answered, reached], [0, false]);
  // the process can still be ended from outside: that ends what they wait for
  const quiet = childrenOf(server.pid).find((pid) => readOrEmpty(`/proc/${pid}/cmdline`).startsWith("cat"));
  Deno.kill(quiet as number, "SIGKILL");
  assertEquals(await Promise.all(polls), Array(count).fill(true));
  assertEquals(await last, { running: false });
});

Deno.test("concurrency: pipelined writes to one process arrive in order", async () => {
  await using server = await startServer();
  await using client = await connect(server.url);
  const received: Uint8Array[] = [];
  const closed = Promise.withResolvers<void>();
  client.on("process/output", ({ chunk }) => received.push(Uint8Array.fromBase64(chunk)));
  client.on("process/closed", () => closed.resolve());
  const writes = [start(client, "cat", ["cat"]).then(() => ({ status: "started" }))];
  const lines: string[] = [];
  for (let i = 0; i < PIPELINED; i++) {
    lines.push(`${i} ${"x".repeat(i % 5 === 0 ? 40_000 : 10)}\n`);
    writes.push(client.call("process/write", { processId: "cat", chunk: btoa(lines[i] as string), writeId: `${i}` }));
  }
  const end = client.call("process/closeStdin", { processId: "cat" });
  const statuses = await Promise.all(writes);
  assertEquals(statuses.slice(1).map(({ status }) => status), lines.map(() => "accepted"));
  await end;
  await closed.promise;
  const text = new TextDecoder().decode(await new Blob(received as Uint8Array<ArrayBuffer>[]).bytes());
  assert(text === lines.join(""), "the lines came back in another order");
});

Deno.test("concurrency: a writeId is written once", async () => {
  await using server = await startServer();
  await using client = await connect(server.url);
  await start(client, "cat", ["cat"]);
  const write = (writeId: string) => client.call("process/write", { processId: "cat", chunk: btoa("once\n"), writeId });
  const closed = Promise.withResolvers<void>();
  let bytes = 0;
  client.on("process/output", ({ chunk }) => bytes += atob(chunk).length);
  client.on("process/closed", () => closed.resolve());
  await Promise.all([write("a"), write("a"), write("b"), write("a"), write("b")]);
  await client.call("process/closeStdin", { processId: "cat" });
  await closed.promise;
  assertEquals(bytes, 2 * "once\n".length);
});

Deno.test("concurrency: pipelined calls on one file handle run in order", async () => {
  await using dir = await tempDir();
  await using server = await startServer();
  await using client = await connect(server.url);
  const path = `${dir.path}/f`;
  const calls: Promise<unknown>[] = [client.call("fs/open", { handleId: "h", path, mode: "replace" })];
  // each overwrites the one before: only the last may be left
  for (let i = 0; i < PIPELINED; i++) {
    const chunk = btoa(String(i).padStart(4, "0").repeat(i % 2 === 0 ? 20_000 : 1));
    calls.push(client.call("fs/writeBlock", { handleId: "h", offset: 0, chunk }));
  }
  calls.push(client.call("fs/close", { handleId: "h" }));
  const late = client.call("fs/writeBlock", { handleId: "h", offset: 0, chunk: btoa("late") });
  const reopened = client.call("fs/open", { handleId: "h", path });
  const read = client.call("fs/readBlock", { handleId: "h", offset: 0, len: 8 });
  assertEquals((await assertRejects(() => late, RpcError)).code, -32004);
  await Promise.all([...calls, reopened]);
  assertEquals(atob((await read).chunk), "01990198");
});

Deno.test("concurrency: terminate and other calls are answered while a write waits for a full stdin", async () => {
  await using server = await startServer();
  await using client = await connect(server.url);
  await start(client, "deaf", ["sleep", "60"]);
  let written = false;
  const chunk = btoa("x".repeat(6_000_000));
  const writing = client.call("process/write", { processId: "deaf", chunk, writeId: "1" }).finally(() =>
    written = true
  );
  const failed = assertRejects(() => writing, RpcError, "failed to write to process stdin");
  assertEquals(await client.call("environment/status", {}), { status: "ready" });
  assertEquals(written, false);
  assertEquals(await client.call("process/terminate", { processId: "deaf" }), { running: true });
  assertEquals((await failed).code, -32603);
});

Deno.test("concurrency: a waiting read delays no other request of its connection", async () => {
  await using dir = await tempDir();
  await using server = await startServer();
  await using client = await connect(server.url);
  await start(client, "quiet", ["sleep", "60"]);
  const order: string[] = [];
  const note = <T>(name: string, call: Promise<T>) => call.then(() => order.push(name));
  const poll = note("poll", client.call("process/read", { processId: "quiet", waitMs: 3_600_000 }));
  await note("status", client.call("environment/status", {}));
  await note("write", client.call("fs/writeFile", { path: `${dir.path}/f`, dataBase64: "" }));
  await note("second read", client.call("process/read", { processId: "quiet" }));
  await note("terminate", client.call("process/terminate", { processId: "quiet" }));
  await poll;
  assertEquals(order.toSorted(), ["poll", "second read", "status", "terminate", "write"]);
  assertEquals(order.slice(0, 3), ["status", "write", "second read"]);
});

Deno.test("concurrency: a waiting read ends at its time, and at once on news or on a closed process", async () => {
  await using server = await startServer();
  await using client = await connect(server.url);
  await start(client, "cat", ["cat"]);
  const from = performance.now();
  const empty = await client.call("process/read", { processId: "cat", waitMs: 100 });
  assert(performance.now() - from >= 95);
  assertEquals({ chunks: empty.chunks, nextSeq: empty.nextSeq }, { chunks: [], nextSeq: 1 });
  const news = client.call("process/read", { processId: "cat", waitMs: 3_600_000 });
  await client.call("process/write", { processId: "cat", chunk: btoa("hi"), writeId: "1" });
  assertEquals((await news).chunks.map(({ chunk }) => atob(chunk)), ["hi"]);
  await client.call("process/closeStdin", { processId: "cat" });
  const exited = await client.call("process/read", { processId: "cat", afterSeq: 1, waitMs: 3_600_000 });
  assertEquals(exited.exited, true);
  const closed = await client.call("process/read", { processId: "cat", afterSeq: 3, waitMs: 3_600_000 });
  assertEquals({ closed: closed.closed, exitCode: closed.exitCode }, { closed: true, exitCode: 0 });
});
