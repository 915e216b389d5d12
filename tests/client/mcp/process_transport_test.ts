import { assert, assertEquals, assertRejects } from "@std/assert";
import { connectMcpServer, McpError, type McpSession } from "../../../client/mcp/mod.ts";
import { LIMITS } from "../../../protocol/mod.ts";
import { alive } from "../../support/process_table.ts";
import { tempDir } from "../../support/temp_dir.ts";
import { until } from "../../support/until.ts";
import { type Place, PLACES } from "./placements.ts";

type PlaceName = keyof typeof PLACES;

/** A stdio server as a shell script: answers `initialize`, then each call with the script's words. */
const HANDSHAKE = `
read -r line
printf '{"jsonrpc":"2.0","id":0,"result":{"protocolVersion":"2025-06-18","capabilities":{"tools":{}},"serverInfo":{"name":"s","version":"1"}}}\\n'
read -r line
read -r call
`;
const ANSWER = (text: string) => `{"jsonrpc":"2.0","id":1,"result":{"content":[{"type":"text","text":"${text}"}]}}`;
const PATH = { PATH: "/usr/local/bin:/usr/bin:/bin" };

function test(name: string, run: (placeName: PlaceName) => Promise<void>): void {
  for (const placeName of ["local", "remote"] as const) {
    Deno.test(`MCP over stdio, ${placeName}: ${name}`, () => run(placeName));
  }
}

async function connect(
  placeName: PlaceName,
  script: string,
  table: Record<string, unknown> = {},
): Promise<{ place: Place; session: McpSession; logged: string[] } & AsyncDisposable> {
  const logged: string[] = [];
  const place = await PLACES[placeName](PATH);
  const config = {
    command: "/bin/sh",
    args: ["-c", script],
    cwd: "/",
    environment_id: placeName,
    startup_timeout_sec: 20,
    ...table,
  };
  try {
    const session = await connectMcpServer("s", config, {
      environments: place.environments,
      variables: PATH,
      log: (text) => logged.push(text),
    });
    return {
      place,
      session,
      logged,
      [Symbol.asyncDispose]: async () => {
        await session.close();
        await place[Symbol.asyncDispose]();
      },
    };
  } catch (error) {
    await place[Symbol.asyncDispose]();
    throw error;
  }
}

async function call(session: McpSession): Promise<string> {
  const { content } = await session.callTool({ name: "t" });
  return (content[0] as { text: string }).text;
}

test("lines may end in CRLF and arrive in pieces, also of characters; others are skipped", async (placeName) => {
  // é is two bytes, printed apart
  const script = `${HANDSHAKE}
    echo 'not json'; echo; printf '\\377\\376\\n'; echo '{"jsonrpc":"2.0"}'
    printf '%s' '${ANSWER("caf").slice(0, -5)}'; printf '\\303'; sleep 0.05; printf '\\251"}]}}\\r\\n'; read -r end`;
  await using connected = await connect(placeName, script);
  assertEquals(await call(connected.session), "café");
  assertEquals(connected.logged.filter((line) => line.includes("that are no message")).length, 3);
});

test("the last line needs no end", async (placeName) => {
  await using connected = await connect(placeName, `${HANDSHAKE} printf '%s' '${ANSWER("last")}'`);
  assertEquals(await call(connected.session), "last");
});

test("stderr is logged line by line and is no part of the protocol", async (placeName) => {
  const script = `${HANDSHAKE} printf 'one\\ntw' >&2; echo '${ANSWER("x")}'; printf 'o\\nrest' >&2; sleep 0.1`;
  await using connected = await connect(placeName, script);
  assertEquals(await call(connected.session), "x");
  await until("all is logged", () => connected.logged.length === 3);
  assertEquals(connected.logged, ["one", "two", "rest"].map((line) => `MCP server stderr (/bin/sh): ${line}`));
});

test("a server that ends fails what waits", async (placeName) => {
  await using connected = await connect(placeName, `${HANDSHAKE} exit 3`);
  await assertRejects(() => call(connected.session), Error, "Connection closed");
  await assertRejects(() => call(connected.session), Error);
});

test("a line without end does not fill the memory", async (placeName) => {
  const script = `${HANDSHAKE} head -c ${LIMITS.maxMcpLineBytes + 1} /dev/zero | tr '\\0' x; read -r end`;
  await using connected = await connect(placeName, script);
  await assertRejects(() => call(connected.session), Error, "Connection closed");
  assert(connected.logged.some((line) => line.includes(`longer than ${LIMITS.maxMcpLineBytes} bytes`)));
});

test("large messages pass in both directions", async (placeName) => {
  const script =
    `${HANDSHAKE} echo '{"jsonrpc":"2.0","id":1,"result":{"content":[{"type":"text","text":"'"\${#call}"'"}]}}'
    read -r call; printf '{"jsonrpc":"2.0","id":2,"result":{"content":[{"type":"text","text":"'
    head -c 3000000 /dev/zero | tr '\\0' y; printf '"}]}}\\n'; read -r end`;
  await using connected = await connect(placeName, script);
  const big = await connected.session.callTool({ name: "t", arguments: { value: "x".repeat(300_000) } });
  assert(Number((big.content[0] as { text: string }).text) > 300_000);
  assertEquals((await call(connected.session)).length, 3_000_000);
});

test("closing ends the server and what it started; a local one may say goodbye first", async (placeName) => {
  await using dir = await tempDir();
  const script = `trap 'echo bye > ${dir.path}/bye; exit 0' TERM
    sleep 60 & echo $! > ${dir.path}/child; echo $$ > ${dir.path}/pid; ${HANDSHAKE} read -r end`;
  await using connected = await connect(placeName, script);
  const pids = ["pid", "child"].map((name) => Number(Deno.readTextFileSync(`${dir.path}/${name}`)));
  assert(pids.every(alive));
  await connected.session.close();
  await until("both are gone", () => !pids.some(alive));
  const bye = await Deno.readTextFile(`${dir.path}/bye`).catch(() => "");
  assertEquals(bye, placeName === "local" ? "bye\n" : "");
});

test("a local server that does not want to end is killed after 2 s", async (placeName) => {
  await using dir = await tempDir();
  const script = `trap '' TERM; echo $$ > ${dir.path}/pid; ${HANDSHAKE} while :; do sleep 1; done`;
  await using connected = await connect(placeName, script);
  const pid = Number(Deno.readTextFileSync(`${dir.path}/pid`));
  const started = performance.now();
  await connected.session.close();
  await until("it is gone", () => !alive(pid));
  assert(performance.now() - started < 10_000);
});

test("a missing program is an error of the start, not a handshake that waits", async (placeName) => {
  const error = await assertRejects(() => connect(placeName, "", { command: "/nope/prog" }), McpError);
  assertEquals(error.message, "handshaking with MCP server failed: No such file or directory (os error 2)");
});

test("a server that does not answer is given up and ended", async (placeName) => {
  await using dir = await tempDir();
  const script = `echo $$ > ${dir.path}/pid; exec sleep 60`;
  const error = await assertRejects(() => connect(placeName, script, { startup_timeout_sec: 0.5 }), McpError);
  assertEquals(error.message, "timed out handshaking with MCP server after 500ms");
  const pid = Number(Deno.readTextFileSync(`${dir.path}/pid`));
  await until("it is gone", () => !alive(pid));
});
