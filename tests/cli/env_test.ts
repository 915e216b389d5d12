import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { ExecServerClient } from "../../client/mod.ts";
import { ServerProcess } from "../support/server_process.ts";
import { serverCommand, startServer } from "../support/test_server.ts";
import { tempDir } from "../support/temp_dir.ts";
import { command } from "./command.ts";

async function config(toml: string): Promise<{ env: Record<string, string> } & AsyncDisposable> {
  const home = await tempDir();
  await Deno.writeTextFile(`${home.path}/environments.toml`, toml);
  return { env: { CODEX_HOME: home.path }, [Symbol.asyncDispose]: () => home[Symbol.asyncDispose]() };
}

Deno.test("env list: what each entry is, without secrets; nothing is connected", async () => {
  await using home = await config(`
default = "box"
[[environments]]
id = "box"
url = "ws://user:hunter2@127.0.0.1:1/path?token=hunter2"
auth_bearer_token = "hunter2"
[[environments]]
id = "child"
program = "/no/such/program"
args = ["a b", "c"]
cwd = "sub"
env = { SECRET = "hunter2" }
`);
  const { code, text, stderr } = await command(["env", "list"], home);
  assertEquals({ code, stderr }, { code: 0, stderr: "" });
  assertEquals(
    text,
    `  local  this machine\n` +
      `* box    ws://127.0.0.1:1/path, with a bearer token\n` +
      `  child  /no/such/program "a b" c, in ${home.env.CODEX_HOME}/sub, with SECRET set\n`,
  );
  const json = (await command(["env", "list", "--json"], home)).text;
  assert(!json.includes("hunter2"));
  assertEquals(json.trim().split("\n").map((line) => JSON.parse(line).id), ["local", "box", "child"]);
});

Deno.test("env check: which are reached, and why not, all of them", async () => {
  await using server = await startServer();
  const closed = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = closed.addr;
  closed.close();
  await using home = await config(`
[[environments]]
id = "up"
url = "${server.url}"
[[environments]]
id = "down"
url = "ws://127.0.0.1:${port}"
`);
  const { code, text } = await command(["env", "check"], home);
  assertEquals(code, 1);
  assert(/^local {2}ready in \d+ ms: version /m.test(text), text);
  assert(/^up {5}ready in \d+ ms: version \S+, linux, /m.test(text), text);
  assertStringIncludes(
    text,
    `down   not reached: failed to connect to exec-server websocket \`ws://127.0.0.1:${port}\``,
  );
  const one = await command(["env", "check", "--json", "up"], home);
  assertEquals(one.code, 0);
  assertEquals(JSON.parse(one.text).reachable, true);
  const unknown = await command(["env", "check", "nope"], home);
  assertEquals(unknown.code, 1);
  assertStringIncludes(unknown.stderr, "unknown environment `nope`; configured: local, up, down");
});

Deno.test("env: the variable when there is no file, and a wrong file stops everything", async () => {
  const list = (env: Record<string, string>) => command(["env", "list"], { env });
  assertEquals((await list({})).text, "* local  this machine\n");
  assertEquals((await list({ CODEX_EXEC_SERVER_URL: "none" })).text, "");
  assertEquals((await list({ CODEX_EXEC_SERVER_URL: "ws://h:1" })).text, "* remote  ws://h:1\n");
  const noise = {
    CODEX_EXEC_SERVER_NOISE_REGISTRY_URL: "https://me:secret@h:1/?k=secret",
    CODEX_EXEC_SERVER_NOISE_ENVIRONMENT_ID: "box",
    CODEX_EXEC_SERVER_NOISE_AUTH_TOKEN: "secret",
  };
  assertEquals((await list(noise)).text, "* remote  environment box at https://h:1/, over Noise\n");
  await using home = await config("[[environments]]\nid = 'a b'\nurl = 'ws://h'");
  const { code, stderr } = await list({ ...home.env, CODEX_EXEC_SERVER_URL: "ws://h:1" });
  assertEquals(code, 1);
  assertEquals(
    stderr,
    "Error: exec-server protocol error: environment id `a b` must contain only ASCII letters, numbers, '-' or '_'\n",
  );
});

Deno.test("ps: the processes of a session whose client has left", async () => {
  await using server = await startServer();
  const client = await ExecServerClient.connect(server.url, { clientName: "test" });
  const start = { cwd: "/", env: {}, tty: false };
  await client.call("process/start", { ...start, processId: "one", argv: ["/bin/sleep", "60"] });
  await client.call("process/start", { ...start, processId: "two", argv: ["/bin/sh", "-c", "exit 3"] });
  await client.call("process/read", { processId: "two", waitMs: 5000 });
  const ps = (...args: string[]) => command(["ps", "--url", server.url, ...args]);
  const attached = await ps("--session", client.sessionId);
  assertEquals(attached.code, 1);
  assertStringIncludes(attached.stderr, "is already attached to another connection");
  await client.close();
  // the server notices the end a moment later than the client
  let listed = await ps("--session", client.sessionId);
  for (let i = 0; i < 20 && listed.stderr.includes("attached"); i++) listed = await ps("--session", client.sessionId);
  assertEquals({ code: listed.code, stderr: listed.stderr }, { code: 0, stderr: "" });
  const [head = "", one = "", two = ""] = listed.text.split("\n");
  assertEquals(head.trim().split(/\s+/), ["ID", "PID", "STATE", "EXIT", "TTY", "PROGRAM"]);
  assert(/^one +\d+ {2}running +- {2}no {3}\/bin\/sleep$/.test(one), one);
  assert(/^two +\d+ {2}(exited|closed) +3 {2}no {3}\/bin\/sh$/.test(two), two);
  const json = (await ps("--json", "--session", client.sessionId)).text.trim().split("\n");
  assertEquals(json.map((line) => JSON.parse(line).processId), ["one", "two"]);
  const unknown = await ps("--session", "nope");
  assertEquals([unknown.code, unknown.stderr], [1, "Error: unknown session id nope\n"]);
  assertEquals((await ps()).code, 2);
  const local = await command(["ps", "--session", "x"]);
  assertEquals([local.code, local.stderr], [
    1,
    "Error: sessions are kept by exec-servers: name one with --url or --env\n",
  ]);
});

Deno.test("gateway: one endpoint for a configuration's environments, for any exec-server client", async () => {
  await using server = await startServer();
  await using home = await config(`default = "box"\n[[environments]]\nid = "box"\nurl = "${server.url}"`);
  const { program, args } = serverCommand();
  const gatewayArgs = [...args.slice(0, args.indexOf("--listen")), "gateway", "--listen", "ws://127.0.0.1:0"];
  await using gateway = await ServerProcess.start({ program, args: gatewayArgs, env: home.env });
  const { code, text } = await command([
    "run",
    "--url",
    gateway.url,
    "--cwd",
    "/",
    "--",
    "sh",
    "-c",
    "echo $PPID; exit 6",
  ]);
  assertEquals({ code, text }, { code: 6, text: `${server.pid}\n` });
  assertEquals((await command(["fs", "ls", "--url", gateway.url, "/proc/self/task"])).code, 0);
  gateway.kill("SIGTERM");
  assertEquals((await gateway.status).code, 0);
  assertEquals(gateway.stderr, []);
});

Deno.test("gateway: an address that other machines reach needs authentication", async () => {
  const { code, stderr } = await command(["gateway", "--listen", "ws://0.0.0.0:0"]);
  assertEquals(code, 1);
  assertStringIncludes(stderr, "--ws-auth");
});
