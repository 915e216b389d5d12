import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { contextOf, sandboxOf } from "../../../support/profiles_on_wire.ts";
import { HAS_BWRAP, sandboxScene, SECRET, treeOf, WORKSPACE } from "./scene.ts";

function test(name: string, fn: () => Promise<void>): void {
  Deno.test({ name: `process sandbox: ${name}`, ignore: !HAS_BWRAP, fn });
}

async function refusal(call: Promise<unknown>): Promise<[number, string]> {
  try {
    await call;
  } catch (error) {
    const { code, message } = error as { code: number; message: string };
    return [code, message];
  }
  throw new Error("it was not refused");
}

test("a workspace profile writes inside, reads outside and leaves nothing", async () => {
  await using scene = await sandboxScene();
  const inside = await scene.sh(WORKSPACE, "echo hi > n; cat n");
  assertEquals([inside.sandboxType, inside.exitCode, inside.stdout, inside.sandboxDenied], [
    "linuxSeccomp",
    0,
    "hi\n",
    false,
  ]);
  const outside = await scene.sh(WORKSPACE, `cat ${scene.out}/secret; echo x > ${scene.out}/made`);
  assertEquals([outside.exitCode, outside.stdout, outside.sandboxDenied], [2, SECRET, true]);
  assertStringIncludes(outside.stderr, "Read-only file system");
  assertEquals(treeOf(scene.root), { "ws": "directory", "ws/n": "hi\n", "out": "directory", "out/secret": SECRET });
});

test("a profile of paths hides the rest, and its scratch root takes nothing", async () => {
  await using scene = await sandboxScene();
  const run = await scene.sh(
    ["w $/ws", "r :minimal"],
    `cat ${scene.out}/secret; touch /made; mkdir ${scene.root}/made; ls ${scene.root}`,
  );
  assertEquals(run.stdout, "ws\n");
  assertStringIncludes(run.stderr, "No such file or directory");
  assertEquals(run.stderr.match(/Read-only file system/g)?.length, 2);
});

test("without platform defaults a shell cannot be started: exit 101, as if denied", async () => {
  await using scene = await sandboxScene();
  const run = await scene.sh(["w $/ws"], "true");
  assertEquals([run.exitCode, run.sandboxDenied, run.sandboxType], [101, true, "linuxSeccomp"]);
  assertStringIncludes(run.stderr, "Failed to execvp /bin/sh: No such file or directory (os error 2)");
});

test("a program that does not exist starts, and exits with 101", async () => {
  await using scene = await sandboxScene();
  const sandbox = sandboxOf(["r :root"], scene.ws);
  const start = (name: string) => scene.sh(["r :root"], "", { argv: [name, "x"], sandbox });
  for (const name of ["no-such-program", "/no/such", "/etc/passwd"]) {
    const { exitCode, stderr } = await start(name);
    assertEquals(exitCode, 101, name);
    assertStringIncludes(stderr, `Failed to execvp ${name}: `);
  }
});

test("names are looked up in the PATH of the process, inside", async () => {
  await using scene = await sandboxScene();
  Deno.mkdirSync(`${scene.ws}/bin`);
  Deno.writeTextFileSync(`${scene.ws}/bin/tool`, "#!/bin/sh\necho found $0 $*\n", { mode: 0o755 });
  const env = { PATH: `/nowhere:${scene.ws}/bin:/usr/bin:/bin` };
  const run = await scene.sh(WORKSPACE, "", { argv: ["tool", "a b", ""], env });
  assertEquals([run.stdout, run.stderr], [`found ${scene.ws}/bin/tool a b\n`, ""]);
});

test("the environment is the request's with PWD, whatever it holds", async () => {
  await using scene = await sandboxScene();
  const env = { PATH: "/usr/bin:/bin", A: "1 2\n3", LD_PRELOAD: "", "B.C": "ä", EMPTY: "" };
  const run = await scene.sh(WORKSPACE, "", { argv: ["/usr/bin/env", "-0"], env });
  const variables = run.stdout.split("\0").filter((line) => line !== "").sort();
  assertEquals(variables, [
    "A=1 2\n3",
    "B.C=ä",
    "EMPTY=",
    "LD_PRELOAD=",
    "PATH=/usr/bin:/bin",
    `PWD=${scene.ws}`,
  ]);
});

test("a variable cannot smuggle options into the sandbox", async () => {
  await using scene = await sandboxScene();
  const env = { PATH: "/usr/bin:/bin", X: `v\0--bind\0${scene.out}\0${scene.out}` };
  const [code, message] = await refusal(scene.sh(WORKSPACE, `echo x > ${scene.out}/made`, { env }));
  assertEquals([code, message], [-32603, "nul byte found in provided data"]);
  assertEquals(treeOf(scene.out), { secret: SECRET });
});

test("LD_PRELOAD acts on nothing outside", async () => {
  await using scene = await sandboxScene();
  Deno.writeTextFileSync(`${scene.ws}/evil.so`, "not a library");
  const env = { PATH: "/usr/bin:/bin", LD_PRELOAD: `${scene.ws}/evil.so` };
  const run = await scene.sh(WORKSPACE, "echo done", { env });
  assertEquals(run.stdout, "done\n");
  // bubblewrap itself would have complained once more
  assertEquals(run.stderr.match(/evil\.so/g)?.length, 1);
});

test("arg0 is argv[0] inside", async () => {
  await using scene = await sandboxScene();
  const run = await scene.sh(WORKSPACE, "", { argv: ["/bin/sh", "-c", "echo $0"], arg0: "other name" });
  assertEquals(run.stdout, "other name\n");
});

test("the working directory is where it is visible, / elsewhere, and has to exist", async () => {
  await using scene = await sandboxScene();
  const lines = ["w $/ws", "r :minimal"] as const;
  assertEquals((await scene.sh(lines, "pwd")).stdout, `${scene.ws}\n`);
  assertEquals((await scene.sh(lines, "pwd", { cwd: scene.out })).stdout, "/\n");
  Deno.symlinkSync(scene.ws, `${scene.root}/alias`);
  assertEquals((await scene.sh(WORKSPACE, "pwd -P", { cwd: `${scene.root}/alias` })).stdout, `${scene.ws}\n`);
  const gone = scene.sh(WORKSPACE, "pwd", { cwd: `${scene.root}/gone` });
  assertEquals(await refusal(gone), [-32603, "No such file or directory (os error 2)"]);
});

test("a terminal works, input included", async () => {
  await using scene = await sandboxScene();
  const run = await scene.sh(WORKSPACE, "test -t 0 && test -t 1 && stty size", { tty: true, rows: 7, cols: 9 });
  assertEquals([run.pty, run.exitCode], ["7 9\r\n", 0]);
});

test("it sees itself as the first of few processes, without capabilities or new privileges", async () => {
  await using scene = await sandboxScene();
  const run = await scene.sh(
    WORKSPACE,
    "echo $$; grep -E '^(CapEff|CapBnd|NoNewPrivs|Seccomp):' /proc/self/status; id -u",
  );
  const lines = run.stdout.replaceAll("\t", " ").trim().split("\n");
  const none = "0000000000000000";
  assertEquals(lines, ["1", `CapEff: ${none}`, `CapBnd: ${none}`, "NoNewPrivs: 1", "Seccomp: 2", String(Deno.uid())]);
});

test("death by signal is 128+n, and terminating ends everything inside", async () => {
  await using scene = await sandboxScene();
  const killed = await scene.sh(WORKSPACE, "sh -c 'kill -SEGV $$'; exit $?");
  assertEquals([killed.exitCode, killed.sandboxDenied], [139, false]);
  const running = scene.sh(WORKSPACE, "sleep 60 & echo ready; wait", { processId: "p" });
  const ready = Promise.withResolvers<void>();
  using _listener = scene.client.onNotification(({ method }) => method === "process/output" && ready.resolve());
  await ready.promise;
  await scene.client.call("process/terminate", { processId: "p" });
  assertEquals((await running).exitCode, 137);
});

test("disabled runs as it is, yet has the platform's type", async () => {
  await using scene = await sandboxScene();
  const sandbox = contextOf({ type: "disabled" }, scene.ws);
  const script = `echo x > ${scene.out}/made; grep -E '^(NoNewPrivs|Seccomp):' /proc/self/status`;
  const run = await scene.sh([], script, { sandbox });
  assertEquals([run.sandboxType, run.stdout], ["linuxSeccomp", "NoNewPrivs:\t0\nSeccomp:\t0\n"]);
  assertEquals(treeOf(scene.out), { made: "x\n", secret: SECRET });
});

const FREE_FILES: Record<string, Record<string, unknown>> = {
  external: { type: "external", network: "restricted" },
  unrestricted: { type: "managed", file_system: { type: "unrestricted" }, network: "restricted" },
  "root:write": {
    type: "managed",
    file_system: {
      type: "restricted",
      entries: [{ path: { type: "special", value: { kind: "root" } }, access: "write" }],
    },
    network: "restricted",
  },
};
for (const [name, permissions] of Object.entries(FREE_FILES)) {
  test(`${name} leaves files alone and closes the network by system calls`, async () => {
    await using scene = await sandboxScene();
    const script =
      `echo x > ${scene.out}/made; grep -E '^(NoNewPrivs|Seccomp):' /proc/self/status; readlink /proc/self/ns/net`;
    const run = await scene.sh([], script, { sandbox: contextOf(permissions, scene.ws) });
    const network = Deno.readLinkSync("/proc/self/ns/net");
    assertEquals([run.sandboxType, run.stdout], ["linuxSeccomp", `NoNewPrivs:\t1\nSeccomp:\t2\n${network}\n`]);
    assertEquals(treeOf(scene.out), { made: "x\n", secret: SECRET });
  });
}

test("network: enabled is the host's, restricted is an empty one", async () => {
  await using scene = await sandboxScene();
  const own = Deno.readLinkSync("/proc/self/ns/net");
  const namespace = async (network: "restricted" | "enabled") =>
    (await scene.sh([], "readlink /proc/self/ns/net", { sandbox: sandboxOf(["r :root"], scene.ws, network) })).stdout;
  assertEquals(await namespace("enabled"), `${own}\n`);
  assert(await namespace("restricted") !== `${own}\n`);
});

test("a managed network that cannot be had here is no network", async () => {
  await using scene = await sandboxScene();
  const sandbox = sandboxOf(["r :root"], scene.ws, "enabled");
  const run = await scene.sh([], "readlink /proc/self/ns/net", { sandbox, enforceManagedNetwork: true });
  assert(run.stdout !== `${Deno.readLinkSync("/proc/self/ns/net")}\n`, run.stdout);
});

test("carve-outs: read-only, denied and reopened places", async () => {
  await using scene = await sandboxScene();
  for (const name of ["ro/sub", "deny/open", "deny/shut"]) Deno.mkdirSync(`${scene.ws}/${name}`, { recursive: true });
  for (const name of ["ro/f", "deny/f", "deny/open/f", "secret.env"]) {
    Deno.writeTextFileSync(`${scene.ws}/${name}`, "f");
  }
  const lines = [...WORKSPACE, "r $/ws/ro", "d $/ws/deny", "w $/ws/deny/open", "d $/ws/*.env"] as const;
  const run = await scene.sh(
    lines.map((line) => line),
    `cat ro/f; echo x > ro/f; echo x > ro/sub/n; cat deny/f; ls deny deny/shut; cat deny/open/f; echo y > deny/open/n;
    cat secret.env; mv secret.env other; rm secret.env; chmod 755 deny`,
  );
  assertEquals(run.stdout, "ff");
  const denials = run.stderr.trim().split("\n").map((line) => line.slice(line.lastIndexOf(": ") + 2));
  assertEquals(denials, [
    "Read-only file system",
    "Read-only file system",
    // the mask of a directory that is reopened further down can be passed, and is empty
    "No such file or directory",
    "No such file or directory",
    "Permission denied",
    "Permission denied",
    "Device or resource busy",
    "Device or resource busy",
    "Read-only file system",
  ]);
  assertEquals(Deno.readTextFileSync(`${scene.ws}/deny/open/n`), "y\n");
  assertEquals(Deno.readTextFileSync(`${scene.ws}/ro/f`), "f");
});

test("protected metadata stay as they are, existing or not, and missing entries cannot be made", async () => {
  await using scene = await sandboxScene();
  Deno.mkdirSync(`${scene.ws}/.git`);
  Deno.writeTextFileSync(`${scene.ws}/.git/config`, "old");
  const before = treeOf(scene.ws);
  const run = await scene.sh(
    [...WORKSPACE, "d $/ws/later", "r $/ws/x/y"],
    "echo x > .git/config; mkdir .codex .agents .aws; echo x > .aws/f; mv .git .old; echo x > later; mkdir -p x/y; rmdir .codex; true",
  );
  assertEquals(run.stdout, "");
  assertEquals(run.stderr.trim().split("\n").length, 9, run.stderr);
  assertEquals(treeOf(scene.ws), before);
});

test("a symlink on the way to what was granted stays usable", async () => {
  await using scene = await sandboxScene();
  Deno.symlinkSync("ws", `${scene.root}/alias`);
  const run = await scene.sh(["w $/alias", "r :minimal"], `echo a > ${scene.root}/alias/f; cat ${scene.ws}/f`);
  assertEquals([run.stdout, run.stderr], ["a\n", ""]);
});

test("what cannot be held is refused with its reason", async () => {
  await using scene = await sandboxScene();
  const with_ = (change: Record<string, unknown>) => ({ ...sandboxOf(["r :root"], scene.ws), ...change });
  const start = (sandbox: Record<string, unknown>) => refusal(scene.sh([], "true", { sandbox }));
  const prefix = "failed to prepare process sandbox: ";
  const foreign = "is not valid on this exec-server host: 'file://other/x' is invalid on 'linux'";
  assertEquals(await start(with_({ windowsSandboxLevel: "mxc" })), [
    -32602,
    `${prefix}failed to prepare MXC sandbox: native MXC is unavailable on this executor`,
  ]);
  assertEquals(await start(with_({ useLegacyLandlock: true })), [
    -32602,
    `${prefix}filesystem-restricted execution is incompatible with useLegacyLandlock`,
  ]);
  assertEquals(await start(with_({ cwd: "file://other/x" })), [
    -32602,
    `sandbox cwd URI \`file://other/x\` ${foreign}`,
  ]);
  assertEquals(await start(with_({ workspaceRoots: ["file://other/x"] })), [
    -32602,
    `sandbox workspace root URI \`file://other/x\` ${foreign}`,
  ]);
  assertEquals(await start(sandboxOf(["r file://other/x"], scene.ws)), [
    -32602,
    "invalid sandbox permission path URI: 'file://other/x' is invalid on 'linux'",
  ]);
  Deno.symlinkSync("/etc", `${scene.ws}/.git`);
  assertEquals(await start(sandboxOf([`w ${scene.ws}`], scene.ws)), [
    -32602,
    `${prefix}cannot enforce sandbox read-only path ${scene.ws}/.git because it crosses writable symlink ${scene.ws}/.git`,
  ]);
  assertEquals(await start(sandboxOf(["r :root", "d /**/x"], scene.ws)), [
    -32602,
    `${prefix}unreadable glob \`/**/x\` cannot be safely expanded; use a pattern with a non-root directory prefix`,
  ]);
  assertEquals(await refusal(scene.sh([], "true", { argv: [] })), [-32602, "argv must not be empty"]);
});

test("a context without cwd means that of the process, and tmpdir its own TMPDIR", async () => {
  await using scene = await sandboxScene();
  const sandbox = sandboxOf(["r :root", "w :project_roots", "w :tmpdir"], scene.ws);
  const { cwd: _cwd, workspaceRoots: _roots, ...bare } = sandbox;
  const env = { PATH: "/usr/bin:/bin", TMPDIR: scene.out };
  const run = await scene.sh([], `echo x > f; echo y > ${scene.out}/g`, { sandbox: bare, env });
  assertEquals([run.exitCode, run.stderr], [0, ""]);
});

test("bubblewrap from a place the process may write is not used", async () => {
  await using scene = await sandboxScene();
  const sandbox = sandboxOf(["w :root", `r ${scene.out}`], scene.ws);
  const [code, message] = await refusal(scene.sh([], "true", { sandbox }));
  assertEquals(code, -32602);
  assertStringIncludes(message, "the profile lets the process change bubblewrap itself");
});

test("what stands is told to clients", async () => {
  await using scene = await sandboxScene();
  const { sandbox, capabilities } = await scene.client.call("environment/info", null);
  assert(sandbox?.process?.walls.some((wall) => /^bubblewrap:\d/.test(wall)), JSON.stringify(sandbox));
  assert(sandbox?.process?.walls.includes("seccomp"));
  assertEquals([capabilities?.processSandbox, capabilities?.processLimits], [true, true]);
});
