import { assert, assertEquals, assertRejects } from "@std/assert";
import { type Environment, EnvironmentManager } from "../../../client/mod.ts";
import { localBackends } from "../../../mod.ts";
import { alive } from "../../support/process_table.ts";
import { serverCommand, startServer } from "../../support/test_server.ts";
import { tempDir } from "../../support/temp_dir.ts";
import { until } from "../../support/until.ts";

const options = { local: () => localBackends(), variables: {} };

/** Runs a command to its end. @returns what it wrote to stdout */
async function output(environment: Environment, script: string, cwd = "/"): Promise<string> {
  const env = { PATH: "/usr/local/bin:/usr/bin:/bin" };

  await using process = await environment.exec.start({
    argv: ["/bin/sh", "-c", script],
    cwd,
    env,
    envPolicy: { inherit: "all", ignoreDefaultExcludes: true, exclude: [], set: {}, includeOnly: [] },
  });
  const decoder = new TextDecoder();
  let text = "";
  for await (const event of process) if (event.type === "output") text += decoder.decode(event.bytes, { stream: true });
  return text;
}

/** Our server as a TOML entry that is started over stdio. */
function program(id: string, extra = ""): string {
  const { program, args } = serverCommand("--listen", "stdio");
  return `[[environments]]\nid = "${id}"\nprogram = "${program}"\nargs = ${JSON.stringify(args)}\n${extra}`;
}

Deno.test("environments.toml 1: one remote next to local; local stays the default", async () => {
  await using server = await startServer();
  await using home = await tempDir();
  await Deno.writeTextFile(
    `${home.path}/environments.toml`,
    `[[environments]]\nid = "devbox"\nurl = "${server.url}"\nconnect_timeout_sec = 12.0\ninitialize_timeout_sec = 34.0\n`,
  );
  await using manager = await EnvironmentManager.fromCodexHome(home.path, options);
  assertEquals(manager.defaultEnvironmentIds(), ["local", "devbox"]);
  const [local, devbox] = ["local", "devbox"].map((id) => manager.getEnvironment(id) as Environment);
  assert(local !== undefined && devbox !== undefined);
  // the parent of a command tells where it runs
  assertEquals(await output(local, "echo $PPID"), `${Deno.pid}\n`);
  assertEquals(await output(devbox, "echo $PPID"), `${server.pid}\n`);
  await devbox.filesystem.writeFile(`${home.path}/f`, new TextEncoder().encode("x"));
  assertEquals(await local.filesystem.readFile(`${home.path}/f`), new TextEncoder().encode("x"));
});

Deno.test("environments.toml 2: a program is the default, in its directory, with its variables, without local", async () => {
  await using home = await tempDir();
  await Deno.mkdir(`${home.path}/workspace`);
  const entry = program(
    "ssh-dev",
    'cwd = "workspace"\ninitialize_timeout_sec = 30\n[environments.env]\nCODEX_LOG = "debug"\n',
  );
  await Deno.writeTextFile(`${home.path}/environments.toml`, `default = "ssh-dev"\ninclude_local = false\n${entry}`);
  let pid = 0;
  {
    await using manager = await EnvironmentManager.fromCodexHome(home.path, options);
    assertEquals(manager.defaultEnvironmentIds(), ["ssh-dev"]);
    const environment = manager.defaultEnvironment() as Environment;
    assertEquals([environment.isRemote, environment.execServerUrl], [true, undefined]);
    assertEquals(await environment.status(), { status: "pending" });
    const script = 'echo "$PPID $CODEX_LOG"; readlink /proc/$PPID/cwd; echo "${HOME:+inherited}"';
    const [first = "", cwd, inherited] = (await output(environment, script)).split("\n");
    pid = Number(first.split(" ")[0]);
    assertEquals([first, cwd, inherited], [`${pid} debug`, `${home.path}/workspace`, "inherited"]);
    // in a process group of its own
    const stat = await Deno.readTextFile(`/proc/${pid}/stat`);
    assertEquals(Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[2]), pid);
    assertEquals(await environment.status(), { status: "ready" });
  }
  await until("the program has ended with its manager", () => !alive(pid));
});

Deno.test("environments.toml 2: a program that has ended is not started again", async () => {
  await using home = await tempDir();
  await Deno.writeTextFile(`${home.path}/environments.toml`, `default = "child"\n${program("child")}`);
  await using manager = await EnvironmentManager.fromCodexHome(home.path, options);
  const environment = manager.defaultEnvironment() as Environment;
  const pid = Number(await output(environment, "echo $PPID"));
  const running = await environment.exec.start({ argv: ["/bin/sleep", "60"], cwd: "/" });
  const lost = assertRejects(() => running.wait(), Error, "exec-server transport disconnected");
  Deno.kill(pid, "SIGKILL");
  await lost;
  for (let i = 0; i < 2; i++) await assertRejects(() => output(environment, "echo"), Error, "exec-server transport");
  assertEquals((await environment.status()).status, "disconnected");
});

Deno.test("environments.toml 3: nothing is the default, and what there is can still be used by name", async () => {
  await using home = await tempDir();
  await Deno.writeTextFile(`${home.path}/environments.toml`, 'default = "none"\n');
  await using manager = await EnvironmentManager.fromCodexHome(home.path, options);
  assertEquals([manager.defaultEnvironmentIds(), manager.defaultEnvironment()], [[], undefined]);
  assertEquals(await output(manager.getEnvironment("local") as Environment, "echo here"), "here\n");
});

Deno.test("environments.toml: programs that cannot be started, or do not speak the protocol, say so each time", async () => {
  await using home = await tempDir();
  const cases: [string, string][] = [
    ['program = "/no/such"', "failed to spawn exec-server: No such file or directory (os error 2)"],
    ['program = "/bin/sh"\ncwd = "missing"', "failed to spawn exec-server: No such file or directory (os error 2)"],
    ['program = "/bin/true"', "exec-server transport closed"],
    ['program = "/bin/sh"\nargs = ["-c", "echo junk; exec cat"]', "exec-server transport closed"],
    [
      'program = "/bin/sleep"\nargs = ["60"]\ninitialize_timeout_sec = 0.05',
      "timed out waiting for exec-server initialize handshake after 50ms",
    ],
  ];
  const entries = cases.map(([entry], i) => `[[environments]]\nid = "e${i}"\n${entry}\n`);
  await Deno.writeTextFile(`${home.path}/environments.toml`, entries.join(""));
  await using manager = await EnvironmentManager.fromCodexHome(home.path, options);
  await Promise.all(cases.map(async ([entry, text], i) => {
    const environment = manager.getEnvironment(`e${i}`) as Environment;
    for (let attempt = 0; attempt < 2; attempt++) {
      const { message } = await assertRejects(() => environment.info(), Error);
      assert(message.includes(text), `${entry}: ${message}`);
    }
    assertEquals((await environment.status()).status, "disconnected", entry);
  }));
});

Deno.test("environments.jsonc drives environments just the same", async () => {
  await using server = await startServer();
  await using home = await tempDir();
  const text = `// one server\n{ "default": "devbox", "environments": [{ "id": "devbox", "url": "${server.url}", }] }`;
  await Deno.writeTextFile(`${home.path}/environments.jsonc`, text);
  await using manager = await EnvironmentManager.fromCodexHome(home.path, options);
  assertEquals(manager.defaultEnvironmentIds(), ["devbox", "local"]);
  assertEquals(await output(manager.defaultEnvironment() as Environment, "echo $PPID"), `${server.pid}\n`);
});
