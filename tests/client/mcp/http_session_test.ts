import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { connectMcpServer, McpError, type McpSession } from "../../../client/mcp/mod.ts";
import { answer, eventStream, type McpHttpDouble, mcpHttpDouble, type Script } from "./mcp_http_double.ts";
import { type Place, PLACES } from "./placements.ts";

type PlaceName = keyof typeof PLACES;

/** Runs a test once for each place the requests may come from. */
function test(name: string, run: (placeName: PlaceName) => Promise<void>): void {
  for (const placeName of ["local", "remote"] as const) {
    Deno.test(`MCP over HTTP, ${placeName}: ${name}`, () => run(placeName));
  }
}

async function connect(
  placeName: PlaceName,
  script: Script | undefined,
  config: Record<string, unknown> = {},
  variables: Record<string, string> = {},
): Promise<{ double: McpHttpDouble; place: Place; session: McpSession; logged: string[] } & AsyncDisposable> {
  const logged: string[] = [];
  const double = mcpHttpDouble(script);
  const place = await PLACES[placeName](variables);
  const dispose = async () => {
    await place[Symbol.asyncDispose]();
    await double[Symbol.asyncDispose]();
  };
  try {
    const session = await connectMcpServer("web", { url: double.url, environment_id: placeName, ...config }, {
      environments: place.environments,
      variables,
      log: (text) => logged.push(text),
    });
    return {
      double,
      place,
      session,
      logged,
      [Symbol.asyncDispose]: async () => {
        await session.close();
        await dispose();
      },
    };
  } catch (error) {
    await dispose();
    throw Object.assign(error as Error, { log: double.log() });
  }
}

const echo = (session: McpSession, value: unknown) => session.callTool({ name: "echo", arguments: { value } });
const text = (value: unknown) => ({ content: [{ type: "text" as const, text: JSON.stringify({ value }) }] });

test("a whole life: handshake, listing, call, end", async (placeName) => {
  const config = {
    http_headers: { "X-Static": "s", "x-bad": "a\nb" },
    env_http_headers: { "X-FromEnv": "S4_HDR", "X-Blank": "BLANK", "X-Missing": "MISSING" },
  };
  const variables = { S4_HDR: "from-env", BLANK: " " };
  const { double, session, logged, ...rest } = await connect(placeName, undefined, config, variables);
  await using _ = rest as AsyncDisposable;
  assertEquals((await session.listTools()).tools.map(({ name }) => name), ["echo", "other"]);
  assertEquals(await echo(session, "é"), text("é"));
  await session.close();
  const log = double.log();
  // the stream of the server and the first request race
  assertEquals(log.toSorted(), [
    "DELETE sess-1",
    "GET sess-1",
    "initialize",
    "notifications/initialized sess-1",
    "tools/call sess-1",
    "tools/list sess-1",
  ]);
  assertEquals([log[0], log[1], log.at(-1)], ["initialize", "notifications/initialized sess-1", "DELETE sess-1"]);
  for (const { headers, rpc } of double.seen) {
    const { "x-static": constant, "x-fromenv": fromEnv, "user-agent": agent } = headers;
    assertEquals([constant, fromEnv], ["s", "from-env"]);
    assertMatch(agent ?? "", /^exec-server-mcp-client\//);
    assertEquals([headers["x-blank"], headers["x-missing"], headers["x-bad"]], [undefined, undefined, undefined]);
    assertEquals(headers["mcp-protocol-version"], rpc === "initialize" ? undefined : "2025-06-18");
  }
  assertEquals(logged.filter((line) => line.includes("x-bad")).length, 1);
});

test("an expired session gets one handshake and the request once more", async (placeName) => {
  await using connected = await connect(placeName, undefined);
  const { double, session } = connected;
  await session.listTools();
  double.forget();
  assertEquals(await echo(session, 1), text(1));
  await session.close();
  const rpcs = double.log().filter((entry) => !entry.startsWith("GET"));
  assertEquals(rpcs.filter((entry) => !entry.startsWith("DELETE")), [
    "initialize",
    "notifications/initialized sess-1",
    "tools/list sess-1",
    "tools/call sess-1",
    "initialize",
    "notifications/initialized sess-2",
    "tools/call sess-2",
  ]);
  assertEquals(rpcs.filter((entry) => entry.startsWith("DELETE")).toSorted(), ["DELETE sess-1", "DELETE sess-2"]);
});

test("many calls that meet an expired session share one handshake", async (placeName) => {
  await using connected = await connect(placeName, undefined);
  const { double, session } = connected;
  double.forget();
  const results = await Promise.all([1, 2, 3, 4].map((value) => echo(session, value)));
  assertEquals(results, [1, 2, 3, 4].map(text));
  assertEquals(double.log().filter((entry) => entry === "initialize").length, 2);
});

test("a second 404 is the caller's; other failures start no handshake and repeat nothing", async (placeName) => {
  let status = 404;
  const script: Script = ({ rpc }) => rpc === "tools/call" ? new Response("boom", { status }) : undefined;
  await using connected = await connect(placeName, script);
  const { double, session } = connected;
  await assertRejects(() => echo(session, 1), Error, "boom");
  const calls = () => double.log().filter((entry) => entry.startsWith("tools/call")).length;
  const handshakes = () => double.log().filter((entry) => entry === "initialize").length;
  assertEquals([calls(), handshakes()], [2, 2]);
  for (status of [500, 503, 401, 403]) await assertRejects(() => echo(session, 1));
  assertEquals([calls(), handshakes()], [6, 2]);
});

test("initialize and tools/list are repeated twice after failures that pass", async (placeName) => {
  const failures: Record<string, number[]> = { "initialize": [503, 429], "tools/list": [500, 504] };
  const script: Script = ({ rpc }) => {
    const status = failures[rpc]?.shift();
    return status === undefined ? undefined : new Response("later", { status });
  };
  await using connected = await connect(placeName, script);
  assertEquals((await connected.session.listTools()).tools.length, 2);
  const count = (rpc: string) => connected.double.log().filter((entry) => entry.startsWith(rpc)).length;
  assertEquals([count("initialize"), count("tools/list")], [3, 3]);
});

test("a third failure is final, and others are final at once", async (placeName) => {
  for (const [status, attempts] of [[503, 3], [401, 1], [403, 1], [400, 1]] as const) {
    const error = await assertRejects(
      () => connect(placeName, () => new Response("no", { status })),
      McpError,
      "handshaking with MCP server failed: ",
    );
    assertEquals((error as unknown as { log: string[] }).log.length, attempts, `${status}`);
  }
});

test("a server that cannot be reached is tried three times", async (placeName) => {
  await using place = await PLACES[placeName]();
  const started = performance.now();
  const config = { url: "http://127.0.0.1:1/mcp", environment_id: placeName };
  const error = await assertRejects(
    () => connectMcpServer("web", config, { environments: place.environments, variables: {} }),
    McpError,
    "handshaking with MCP server failed: ",
  );
  assertMatch(error.message, /http\/request failed: error sending request for url \(http:\/\/127\.0\.0\.1:1\/mcp\)/);
  assert(performance.now() - started >= 1_250, "both pauses were made");
});

test("a server that does not answer the handshake is given up in time", async (placeName) => {
  const silent = Promise.withResolvers<Response>();
  const error = await assertRejects(
    () =>
      connect(placeName, () => silent.promise, { startup_timeout_ms: 300 }).finally(() =>
        silent.resolve(new Response())
      ),
    McpError,
  );
  assertEquals(error.message, "timed out handshaking with MCP server after 300ms");
});

test("an answer in pieces of an event stream, with notifications before it", async (placeName) => {
  const script: Script = ({ rpc }, message) => {
    if (rpc !== "tools/call") return undefined;
    const result = JSON.stringify({ jsonrpc: "2.0", id: message.id, result: text("sse") });
    const progress = '{"jsonrpc":"2.0","method":"notifications/message","params":{"level":"info","data":"x"}}';
    return eventStream([
      ": preamble\n\n",
      `event: message\r\ndata: ${progress}\r\n\r\n`,
      `event: other\ndata: {}\n\ndata: ${result.slice(0, 20)}`,
      `${result.slice(20)}\n\n`,
    ], "open");
  };
  await using connected = await connect(placeName, script);
  assertEquals(await echo(connected.session, 1), text("sse"));
});

test("a stream that ends or breaks without the answer fails the call at once", async (placeName) => {
  for (const end of ["end", "break"] as const) {
    const script: Script = ({ rpc }) => rpc === "tools/call" ? eventStream([": hello\n\n"], end) : undefined;
    await using connected = await connect(placeName, script);
    await assertRejects(
      () => connected.session.callTool({ name: "echo" }, { timeout: 30_000 }),
      Error,
      "the MCP server did not answer before its stream ended",
    );
  }
});

test("the server's stream is opened again behind its last event", async (placeName) => {
  const again = Promise.withResolvers<string | undefined>();
  let streams = 0;
  const script: Script = ({ method, headers }) => {
    if (method !== "GET") return undefined;
    if (++streams === 1) return eventStream(["retry: 5\n\n", "id: g1\ndata: \n\n"], "break");
    again.resolve(headers["last-event-id"]);
    return eventStream([], "open");
  };
  await using _connected = await connect(placeName, script);
  assertEquals(await again.promise, "g1");
});

test("closing abandons open streams and a call that waits", async (placeName) => {
  const gone = Promise.withResolvers<void>();
  const opened = Promise.withResolvers<void>();
  const script: Script = ({ method }) => {
    if (method !== "GET") return undefined;
    opened.resolve();
    const body = new ReadableStream({
      start: (controller) => controller.enqueue(new TextEncoder().encode(": hi\n\n")),
      cancel: () => gone.resolve(),
    });
    return new Response(body, { headers: { "content-type": "text/event-stream" } });
  };
  await using connected = await connect(placeName, script);
  await opened.promise;
  await connected.session.close();
  await gone.promise;
});

test("a server that does not let the session end holds nobody up", async (placeName) => {
  const silent = Promise.withResolvers<Response>();
  const script: Script = ({ method }) => method === "DELETE" ? silent.promise : undefined;
  await using connected = await connect(placeName, script);
  const started = performance.now();
  await connected.session.close();
  const took = performance.now() - started;
  silent.resolve(new Response());
  assert(took >= 4_900 && took < 15_000, `${took} ms`);
});

test("tools are offered as configured", async (placeName) => {
  await using connected = await connect(placeName, undefined, { enabled_tools: ["echo"], disabled_tools: [] });
  assertEquals((await connected.session.listTools()).tools.map(({ name }) => name), ["echo"]);
  await assertRejects(() => connected.session.callTool({ name: "other" }), McpError, "tool `other` is not enabled");
});

test("redirects are followed within the origin only", async (placeName) => {
  const other = mcpHttpDouble();
  const script: Script = ({ rpc }, _message, url) => {
    if (rpc !== "tools/call") return undefined;
    const moved = place === "same" ? new URL("/mcp?again", url) : new URL(other.url);
    if (hops++ > 0) return undefined;
    return new Response(null, { status: 307, headers: { location: String(moved) } });
  };
  let place = "same", hops = 0;
  await using connected = await connect(placeName, script);
  assertEquals(await echo(connected.session, 1), text(1));
  [place, hops] = ["other", 0];
  await assertRejects(() => echo(connected.session, 1));
  assertEquals(other.seen, []);
  await other[Symbol.asyncDispose]();
});

Deno.test("MCP over HTTP, local: the bearer token is the client's", async () => {
  await using connected = await connect("local", undefined, { bearer_token_env_var: "TOKEN" }, { TOKEN: "mine" });
  assertEquals(connected.double.seen[0]?.headers.authorization, "Bearer mine");
  for (const [variables, problem] of [[{}, "not set"], [{ TOKEN: "" }, "empty"]] as const) {
    await assertRejects(
      () => connect("local", undefined, { bearer_token_env_var: "TOKEN" }, variables),
      McpError,
      `environment variable TOKEN for MCP server \`web\` is ${problem}`,
    );
  }
});

Deno.test("MCP over HTTP, remote: the bearer token is the executor's and never reaches the client", async () => {
  await using double = mcpHttpDouble();
  await using place = await PLACES.remote({ TOKEN: "executors" });
  const config = { url: double.url, experimental_environment: "remote", bearer_token_env_var: "TOKEN" };
  await using session = await connectMcpServer("web", config, {
    environments: place.environments,
    variables: { TOKEN: "clients" },
  });
  await session.listTools();
  assertEquals(new Set(double.seen.map(({ headers }) => headers.authorization)), new Set(["Bearer executors"]));
});

Deno.test("MCP over HTTP: a server without a session id and without answers to requests of nobody", async () => {
  const script: Script = ({ rpc, method }, message) => {
    if (method !== "POST") return new Response(null, { status: 405 });
    if (message.id === undefined) return new Response(null, { status: 202 });
    if (rpc === "initialize") {
      const result = { protocolVersion: "2025-06-18", capabilities: {}, serverInfo: { name: "d", version: "1" } };
      return answer(message, result);
    }
    return answer(message, text("stateless"));
  };
  await using connected = await connect("local", script);
  assertEquals(await echo(connected.session, 1), text("stateless"));
  await connected.session.close();
  assert(!connected.double.log().includes("DELETE"), "there is no session to end");
});
