import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { until } from "../../support/until.ts";
import { markedPids } from "../../faults/support/descendants.ts";
import { runServer, StdioClient } from "./support.ts";

const MARK = "EXEC_SERVER_STDIO";
const HELLO = [{ id: 0, method: "initialize", params: { clientName: "x" } }, { method: "initialized" }]
  .map((message) => `${JSON.stringify(message)}\n`).join("");
const STATUS = JSON.stringify({ id: 1, method: "environment/status" });
const READY = '{"id":1,"result":{"status":"ready"}}';

function start(processId: string, argv: string[], mark = "", more: object = {}) {
  const env = { PATH: "/usr/bin:/bin", [MARK]: mark };
  return { id: processId, method: "process/start", params: { processId, argv, cwd: "/", env, tty: false, ...more } };
}

Deno.test("stdio: prints nothing of its own and ends with status 0 at the end of input", async () => {
  for (const listen of ["stdio", "stdio://"]) {
    assertEquals(await runServer(["--listen", listen]), { code: 0, signal: null, stdout: "", stderr: "" });
  }
});

Deno.test("stdio: answers are lines; \\r\\n, blank lines and a last line without newline are taken", async () => {
  const input = `\n \t\r\n${HELLO.replaceAll("\n", "\r\n")}\r\n\r\n${STATUS}`;
  const { code, stdout, stderr } = await runServer(["--listen", "stdio"], input);
  const [hello = "", status, ...rest] = stdout.split("\n");
  assertEquals({ code, stderr }, { code: 0, stderr: "" });
  assertEquals(Object.keys(JSON.parse(hello)), ["id", "result"]);
  assertEquals([status, rest], [READY, [""]]);
});

Deno.test("stdio: a line that is not UTF-8 or no JSON is answered with id -1 and the stream goes on", async () => {
  const client = new StdioClient();
  await client.initialize();
  await client.write(new Uint8Array([0x7b, 0xff, 0xfe, 0x7d, 0x0a]));
  const { id, error } = await client.message();
  assertEquals(id, -1);
  assertStringIncludes(
    (error as { message: string }).message,
    "failed to parse JSON-RPC message from exec-server stdio: ",
  );
  await client.write("nonsense\n");
  assertEquals((await client.message()).id, -1);
  await client.write(`${STATUS}\n`);
  assertEquals(JSON.stringify(await client.message()), READY);
  await client.end();
  assertEquals((await client.ended()).code, 0);
});

Deno.test("stdio: a violation ends the server", async () => {
  const client = new StdioClient();
  await client.initialize();
  await client.send({ method: "no/such/notification" });
  assertEquals((await client.ended()).code, 0);
});

Deno.test("stdio: the end of input kills every process and answers what waits", async () => {
  const mark = crypto.randomUUID();
  const client = new StdioClient();
  await client.initialize();
  await client.send(
    start("tree", ["sh", "-c", "trap '' TERM; sleep 60 & sleep 60"], mark),
    start("jobs", ["bash", "-mc", "trap '' HUP; sleep 60 & wait"], mark, { tty: true }),
    start("full", ["sleep", "60"], mark, { pipeStdin: true }),
    { id: "poll", method: "process/read", params: { processId: "tree", waitMs: 3_600_000 } },
    { id: "write", method: "process/write", params: { processId: "full", chunk: btoa("x".repeat(6_000_000)) } },
  );
  await client.message(({ id }) => id === "full");
  await until("all of them run", () => markedPids(MARK, mark).length === 6);
  await client.end();
  const { code, stdout } = await client.ended();
  assertEquals(code, 0);
  assertStringIncludes(stdout, '"id":"poll","result"');
  assertEquals(markedPids(MARK, mark), []);
});

Deno.test("stdio: ends at the end of input though waiting requests fill every slot", async () => {
  const client = new StdioClient();
  await client.initialize();
  await client.send(start("p", ["sleep", "60"]));
  await client.message(({ id }) => id === "p");
  const polls = Array.from({ length: 300 }, (_, i) => ({
    id: `poll ${i}`,
    method: "process/read",
    params: { processId: "p", waitMs: 3_600_000 },
  }));
  await client.send(...polls);
  await client.end();
  const { code, stdout } = await client.ended();
  assertEquals(code, 0);
  assertEquals(stdout.split("\n").filter((line) => line.includes('"id":"poll')).length, polls.length);
});

Deno.test("stdio: SIGTERM and SIGINT end it with status 0 while stdin is open", async () => {
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    const mark = crypto.randomUUID();
    const client = new StdioClient();
    await client.initialize();
    await client.send(start("p", ["sleep", "60"], mark));
    await client.message(({ id }) => id === "p");
    await until("it runs", () => markedPids(MARK, mark).length === 1);
    client.kill(signal);
    const { code, signal: died } = await client.ended();
    assertEquals({ code, died }, { code: 0, died: null });
    assert(markedPids(MARK, mark).length === 0);
  }
});
