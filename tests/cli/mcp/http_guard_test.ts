import { assert, assertEquals, assertRejects } from "@std/assert";
import { runCli } from "../run_cli.ts";
import { tempDir } from "../../support/temp_dir.ts";
import { connectHttp, startMcp } from "./mcp_process.ts";

const TOKEN = "correct horse battery staple";
const INITIALIZE = {
  jsonrpc: "2.0",
  id: 1,
  method: "initialize",
  params: { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "test", version: "1" } },
};

/** Sends a request with headers that fetch() would not let one set. @returns status line and head */
async function send(url: string, headers: Record<string, string>, body: string = JSON.stringify(INITIALIZE)) {
  const { hostname, port, host, pathname } = new URL(url);
  using conn = await Deno.connect({ hostname, port: Number(port) });
  const bytes = new TextEncoder().encode(body);
  const all = {
    host,
    accept: "application/json, text/event-stream",
    "content-type": "application/json",
    "content-length": `${bytes.length}`,
    connection: "close",
    ...headers,
  };
  const head = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`).join("");
  const request = new TextEncoder().encode(`POST ${pathname} HTTP/1.1\r\n${head}\r\n`);
  const writer = conn.writable.getWriter();
  // the server may answer and close before it has read everything
  (async () => {
    await writer.write(request);
    await writer.write(bytes);
  })().catch(() => {});
  let text = "";
  for await (const piece of conn.readable.pipeThrough(new TextDecoderStream())) {
    text += piece;
    // the head is enough where the body was refused
    if (/^HTTP\/1.1 4\d\d[^]*\r\n\r\n/.test(text)) break;
  }
  return { status: Number(text.slice(9, 12)), text };
}

Deno.test("mcp over HTTP: a foreign Host or Origin is refused, with or without a token", async () => {
  await using dir = await tempDir();
  await using server = await startMcp(["--cwd", dir.path]);
  const port = new URL(server.url).port;
  const accepted: Record<string, string>[] = [
    {},
    { host: `localhost:${port}` },
    { host: `127.0.0.1:${port}`, origin: `http://localhost:${port}` },
    { origin: "http://127.0.0.1:9999" },
  ];
  for (const headers of accepted) {
    const { status, text } = await send(server.url, headers);
    assertEquals(status, 200, JSON.stringify(headers));
    assert(text.includes('"serverInfo"'));
  }
  const refused: Record<string, string>[] = [
    { host: "evil.example.com" },
    { host: `evil.example.com:${port}` },
    { host: `localhost.evil.example.com:${port}` },
    { origin: "http://evil.example.com" },
    { origin: "https://localhost.evil.example.com" },
    { origin: "null" },
  ];
  for (const headers of refused) {
    const { status, text } = await send(server.url, headers);
    assertEquals(status, 403, JSON.stringify(headers));
    assert(!text.includes('"serverInfo"'));
  }
});

Deno.test("mcp over HTTP: a token is asked for, and never shown", async () => {
  await using dir = await tempDir();
  await Deno.writeTextFile(`${dir.path}/token`, `${TOKEN}\n`);
  await using server = await startMcp(["--cwd", dir.path, "--token-file", `${dir.path}/token`, "--log-level", "debug"]);
  const client = await connectHttp(server.url, TOKEN);
  assertEquals((await client.listTools()).tools.length, 5);
  await client.close();
  await assertRejects(() => connectHttp(server.url));
  const wrong = ["", "Bearer", "Bearer ", `Bearer ${TOKEN}x`, `Basic ${btoa(TOKEN)}`, TOKEN];
  for (const authorization of wrong) {
    const { status, text } = await send(server.url, { authorization });
    assertEquals(status, 401, authorization);
    assert(/www-authenticate: bearer/i.test(text));
  }
  assertEquals((await send(server.url, { authorization: `Bearer ${TOKEN}` })).status, 200);
  assertEquals(server.stderr.filter((line) => line.includes("horse")), []);
});

Deno.test("mcp over HTTP: other paths, methods, and bodies that are no MCP are refused", async () => {
  await using dir = await tempDir();
  await using server = await startMcp(["--cwd", dir.path]);
  const elsewhere = await fetch(new URL("/", server.url));
  assertEquals([elsewhere.status, await elsewhere.text()], [404, "not found: the endpoint is /mcp\n"]);
  const put = await fetch(server.url, { method: "PUT", body: "{}" });
  assertEquals(put.status, 405);
  await put.body?.cancel();
  assertEquals((await send(server.url, {}, "{")).status, 400);
  assertEquals((await send(server.url, {}, "[]")).status, 400);
  assertEquals((await send(server.url, { "content-type": "text/plain" })).status, 415);
  const { status } = await send(server.url, {}, `{"x":"${"y".repeat(17 * 1024 * 1024)}"}`);
  assertEquals(status, 413);
  assertEquals((await send(server.url, {})).status, 200, "and it goes on serving");
});

Deno.test("mcp: what cannot be served is refused at the start, saying why", async () => {
  await using dir = await tempDir();
  await Deno.writeTextFile(`${dir.path}/empty`, "\n");
  const table: [string[], string][] = [
    [["--listen", "http://0.0.0.0:0"], "Error: an address that is not loopback needs --token-file"],
    [
      ["--listen", "http://example.com:1"],
      "Error: unsupported --listen `http://example.com:1`; expected `stdio` or `http://IP:PORT`",
    ],
    [
      ["--listen", "ws://127.0.0.1:0"],
      "Error: unsupported --listen `ws://127.0.0.1:0`; expected `stdio` or `http://IP:PORT`",
    ],
    [["--token-file", `${dir.path}/empty`], "Error: --token-file and --allowed-host need --listen http://"],
    [
      ["--listen", "http://127.0.0.1:0", "--token-file", `${dir.path}/empty`],
      `Error: token ${dir.path}/empty must not be empty`,
    ],
    [
      ["--listen", "http://127.0.0.1:0", "--token-file", `${dir.path}/none`],
      `Error: failed to read token ${dir.path}/none: No such file or directory (os error 2)`,
    ],
    [["--url", "ws://127.0.0.1:1", "--env", "a"], ""],
    [["--bearer-token-env", "X"], "Error: --bearer-token-env needs --url"],
    [["--cwd", "nope=/x"], "Error: --cwd nope=/x: `nope` is none of the environments"],
    [
      ["--sandbox", "frobnicate"],
      "Error: unknown --sandbox `frobnicate`: expected read-only, workspace-write or a file",
    ],
  ];
  const results = await Promise.all(table.map(([args]) => runCli("mcp", ...args)));
  for (const [i, { code, stderr, stdout }] of results.entries()) {
    const [args, expected] = table[i] as [string[], string];
    assertEquals(stdout, "", args.join(" "));
    if (expected === "") assertEquals(code, 2, stderr);
    else assertEquals([code, stderr.trim()], [1, expected], args.join(" "));
  }
});
