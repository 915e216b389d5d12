import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import type { ProcessHandle } from "../../protocol/mod.ts";
import { ExecServer } from "../../server/mod.ts";
import { startServer } from "../support/test_server.ts";
import { tempDir } from "../support/temp_dir.ts";
import { until } from "../support/until.ts";
import { cliArgv, command, spawnCommand } from "./command.ts";
import { exists } from "../support/exists.ts";

const run = (...args: string[]) => command(["run", ...args]);

Deno.test("run: output byte for byte on both streams, and the command's status, here and behind a URL", async () => {
  await using server = await startServer();
  // every byte, also what is no UTF-8
  const script = "for i in 0 1 2 3; do for j in 0 1 2 3 4 5 6 7; do for k in 0 1 2 3 4 5 6 7; do " +
    'printf "\\\\$i$j$k"; done; done; done; printf err >&2; exit 7';
  for (const at of [[], ["--url", server.url]]) {
    const { code, stdout, stderr } = await run(...at, "--", "sh", "-c", script);
    assertEquals({ code, stderr }, { code: 7, stderr: "err" });
    assertEquals(stdout, Uint8Array.from({ length: 256 }, (_, i) => i));
  }
});

Deno.test("run: input is passed on to its end, byte for byte", async () => {
  const stdin = crypto.getRandomValues(new Uint8Array(65_536)).slice();
  const large = new Uint8Array(20 * stdin.length);
  for (let i = 0; i < 20; i++) large.set(stdin, i * stdin.length);
  await using server = await startServer();
  const { code, stdout, stderr } = await command(["run", "--url", server.url, "--", "cat"], { stdin: large });
  assertEquals({ code, stderr }, { code: 0, stderr: "" });
  assert(stdout.length === large.length && stdout.every((byte, i) => byte === large[i]), `${stdout.length} bytes`);
});

Deno.test("run: a command that does not want all of its input is no error", async () => {
  const stdin = new Uint8Array(3_000_000);
  const { code, stdout, stderr } = await command(["run", "--", "head", "-c", "3"], { stdin });
  assertEquals({ code, stderr, stdout }, { code: 0, stderr: "", stdout: new Uint8Array(3) });
});

Deno.test("run: --no-stdin, --cwd and --set", async () => {
  await using dir = await tempDir();
  const script = 'cat; pwd; echo "$A$B"';
  const { text } = await command([
    "run",
    "--no-stdin",
    "--cwd",
    dir.path,
    "--set",
    "A=1=2",
    "--set",
    "B= x",
    "--",
    "sh",
    "-c",
    script,
  ], {
    stdin: new TextEncoder().encode("unread"),
  });
  assertEquals(text, `${dir.path}\n1=2 x\n`);
  // relative to the current directory on this machine
  const here = await command(["run", "--", "pwd"], { cwd: dir.path });
  assertEquals(here.text, `${dir.path}\n`);
});

Deno.test("run: options behind the command are the command's", async () => {
  const { code, text } = await run("sh", "-c", "echo $0 $1", "--cwd", "--help");
  assertEquals({ code, text }, { code: 0, text: "--cwd --help\n" });
});

Deno.test("run: a signal's death is 128 + n", async () => {
  assertEquals((await run("--", "sh", "-c", "kill -9 $$")).code, 137);
});

Deno.test("run: what cannot be run ends with 125 and names the reason", async () => {
  await using home = await tempDir();
  await Deno.writeTextFile(`${home.path}/environments.toml`, 'default = "missing"');
  const env = { CODEX_HOME: home.path };
  const cases: [string[], string, Record<string, string>?][] = [
    [["--", "/no/such/program"], "No such file or directory (os error 2)"],
    [["--cwd", "/no/such/dir", "--", "true"], "No such file or directory (os error 2)"],
    [["--url", "junk", "--", "true"], "failed to connect to exec-server websocket `junk`"],
    [["--env", "nope", "--", "true"], "unknown environment `nope`; configured: local"],
    [["--", "true"], "default environment `missing` is not configured", env],
    [
      ["--sandbox", "nonsense", "--", "true"],
      "unknown --sandbox `nonsense`: expected read-only, workspace-write or a file",
    ],
    [["--sandbox", "/no/profile.jsonc", "--", "true"], "failed to read permission profile `/no/profile.jsonc`"],
    [
      ["--url", "ws://127.0.0.1:9", "--bearer-token-env", "NO_SUCH_VARIABLE", "--", "true"],
      "variable NO_SUCH_VARIABLE is not set",
    ],
    [["--bearer-token-env", "X", "--", "true"], "--bearer-token-env needs --url"],
  ];
  await Promise.all(cases.map(async ([args, reason, env = {}]) => {
    const { code, text, stderr } = await command(["run", ...args], { env });
    assertEquals({ code, text }, { code: 125, text: "" }, args.join(" "));
    assert(stderr.startsWith("Error: ") && stderr.includes(reason), `${args.join(" ")}: ${stderr}`);
  }));
});

Deno.test("run: wrong usage ends with 2", async () => {
  const cases: [string[], string][] = [
    [[], "missing required argument 'CMD'"],
    [["--url", "ws://a", "--env", "b", "--", "true"], "--env"],
    [["--set", "=x", "--", "true"], "expected NAME=VALUE"],
    [["--bogus", "--", "true"], "--bogus"],
  ];
  await Promise.all(cases.map(async ([args, named]) => {
    const { code, stderr } = await command(["run", ...args]);
    assertEquals(code, 2);
    assertStringIncludes(stderr, named);
  }));
});

Deno.test("run: Ctrl-C reaches the command, which decides", async () => {
  await using server = await startServer();
  const script = "trap 'echo caught; exit 9' INT; echo ready; while :; do sleep 0.05; done";
  const child = spawnCommand(["run", "--url", server.url, "--", "sh", "-c", script]);
  const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  assertEquals((await reader.read()).value, "ready\n");
  child.kill("SIGINT");
  assertEquals((await reader.read()).value, "caught\n");
  assertEquals((await child.status).code, 9);
  await reader.cancel();
  await child.stderr.cancel();
});

Deno.test("run: a slow reader of the output loses nothing, here and behind a URL", async () => {
  await using server = await startServer();
  const size = 60_000_000; // more than the executor, the client and all pipes hold
  for (const at of [[], ["--url", server.url]]) {
    const child = spawnCommand(["run", ...at, "--", "head", "-c", String(size), "/dev/zero"]);
    let count = 0;
    for await (const bytes of child.stdout) {
      // the reader stops until the writer has been held up for a while
      if (count === 0) await new Promise((resolve) => setTimeout(resolve, 1_500));
      count += bytes.length;
    }
    assertEquals({ count, ...await child.status }, { count: size, success: true, code: 0, signal: null });
    assertEquals(await new Response(child.stderr).text(), "");
  }
});

Deno.test("run: when it is told to end, the command is told", async () => {
  for (const [signal, code] of [["SIGTERM", 143], ["SIGHUP", 129]] as const) {
    const child = spawnCommand(["run", "--", "sh", "-c", "echo ready; exec sleep 60"]);
    const reader = child.stdout.getReader();
    await reader.read();
    child.kill(signal);
    assertEquals((await child.status).code, code);
    await reader.cancel();
    await child.stderr.cancel();
  }
});

Deno.test("run: when nobody reads the output any more the command is ended", async () => {
  await using dir = await tempDir();
  const child = spawnCommand(["run", "--", "sh", "-c", `echo $$ > ${dir.path}/pid; while :; do echo x; done`]);
  const reader = child.stdout.getReader();
  await reader.read();
  await reader.cancel();
  assertEquals((await child.status).code, 141);
  const pid = Number(await Deno.readTextFile(`${dir.path}/pid`));
  await until("the command is gone", () => !exists(`/proc/${pid}/cwd`));
  assertEquals(await new Response(child.stderr).text(), "");
});

Deno.test("run: with --no-resume a server that dies ends it with 125", async () => {
  await using server = await startServer();
  const child = spawnCommand([
    "run",
    "--no-resume",
    "--url",
    server.url,
    "--",
    "sh",
    "-c",
    "echo ready; exec sleep 60",
  ]);
  const reader = child.stdout.getReader();
  await reader.read();
  server.kill("SIGKILL");
  assertEquals((await child.status).code, 125);
  assertStringIncludes(await new Response(child.stderr).text(), "exec-server transport disconnected");
  await reader.cancel();
});

Deno.test("run: a lost connection is made again, and two interrupts give up waiting for that", async () => {
  await using server = await startServer();
  const child = spawnCommand(["run", "--url", server.url, "--", "sh", "-c", "echo ready; exec sleep 60"]);
  const reader = child.stdout.getReader();
  await reader.read();
  server.kill("SIGKILL");
  const errors = child.stderr.pipeThrough(new TextDecoderStream()).getReader();
  assertStringIncludes((await errors.read()).value ?? "", "the connection is lost and being made again");
  child.kill("SIGINT");
  child.kill("SIGTERM");
  assertEquals((await child.status).code, 125);
  await reader.cancel();
  await errors.cancel();
});

/** Runs our command line on a terminal of its own. */
async function onTerminal(server: ExecServer, args: string[], rows = 33, cols = 111): Promise<ProcessHandle> {
  return await server.localExec().start({
    argv: cliArgv(...args),
    cwd: "/",
    env: { ...Deno.env.toObject(), NO_COLOR: "1", CODEX_HOME: "/nonexistent", TERM: "vt220" },
    tty: true,
    rows,
    cols,
  });
}

/** What a terminal shows, as far as it is read. */
class Screen {
  text = "";
  #ended = false;

  constructor(process: ProcessHandle) {
    this.#read(process).catch(() => this.#ended = true); // the test ends the process
  }

  async #read(process: ProcessHandle): Promise<void> {
    const decoder = new TextDecoder();
    for await (const event of process) {
      if (event.type === "output") this.text += decoder.decode(event.bytes, { stream: true });
    }
    this.#ended = true;
  }

  async shows(text: string): Promise<void> {
    await until(
      `the terminal shows ${JSON.stringify(text)}: ${JSON.stringify(this.text)}`,
      () => this.text.includes(text) || this.#ended,
      15_000,
    );
    assertStringIncludes(this.text, text);
  }
}

Deno.test("run: on a terminal the command has one, with its size and type, keys one by one, and it is left as it was", async () => {
  const server = await ExecServer.create();
  await using remote = await startServer();
  const script = `stty size; echo "$TERM"; stty raw -echo; echo go; dd bs=1 count=2 2>/dev/null | od -An -tx1; exit 4`;
  const run = cliArgv("run", "--url", remote.url, "--", "sh", "-c", script).map((word) => `'${word}'`).join(" ");
  // a shell around it tells how the terminal was left
  await using process = await server.localExec().start({
    argv: ["/bin/sh", "-c", `stty -g; ${run}; echo "status $?"; stty -g; echo over`],
    cwd: "/",
    env: { ...Deno.env.toObject(), NO_COLOR: "1", CODEX_HOME: "/nonexistent", TERM: "vt220" },
    tty: true,
    rows: 33,
    cols: 111,
  });
  const screen = new Screen(process);
  await screen.shows("go");
  // as the command's terminal wrote it, each line feed once
  assertStringIncludes(screen.text, "33 111\r\nvt220\r\n");
  // Ctrl-C is a key like any other for a command that reads single keys
  await process.write(new Uint8Array([0x03, 0x61]));
  await screen.shows("03 61");
  await screen.shows("over");
  assertStringIncludes(screen.text, "status 4");
  const [first = "", ...rest] = screen.text.match(/^[0-9a-f]+(?::[0-9a-f]+){10,}/gm) ?? [];
  assert(first.length > 0);
  assertEquals(rest, [first]);
  await server.shutdown();
});

Deno.test("run: the command's terminal follows the size of this one, and Ctrl-C interrupts", async () => {
  const server = await ExecServer.create();
  const script = `trap 'stty size' WINCH; trap 'echo int; exit 5' INT; echo ready; while :; do sleep 0.05; done`;
  await using process = await onTerminal(server, ["run", "--", "sh", "-c", script]);
  const screen = new Screen(process);
  await screen.shows("ready");
  await process.resize(44, 99);
  await screen.shows("44 99");
  await process.write(new Uint8Array([0x03]));
  await screen.shows("int");
  assertEquals((await process.wait()).exitCode, 5);
  await server.shutdown();
});

Deno.test("run: the terminal is left as it was when the server dies", async () => {
  const server = await ExecServer.create();
  await using remote = await startServer();
  const run = cliArgv("run", "--no-resume", "--url", remote.url, "--", "sh", "-c", "echo ready; exec sleep 60");
  await using process = await server.localExec().start({
    argv: ["/bin/sh", "-c", `${run.map((word) => `'${word}'`).join(" ")}; echo "status $?"; stty -a; echo over`],
    cwd: "/",
    env: { ...Deno.env.toObject(), NO_COLOR: "1", CODEX_HOME: "/nonexistent", TERM: "vt220" },
    tty: true,
  });
  const screen = new Screen(process);
  await screen.shows("ready");
  remote.kill("SIGKILL");
  await screen.shows("over");
  assertStringIncludes(screen.text, "status 125");
  assertStringIncludes(screen.text, " icanon");
  assert(!screen.text.includes("-icanon"));
  await server.shutdown();
});
