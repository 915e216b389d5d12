import { assertEquals, assertStringIncludes } from "@std/assert";
import type { StartOverrides } from "../../../support/collect_process.ts";
import { HAS_BWRAP, type SandboxScene, sandboxScene, SECRET, treeOf } from "./scene.ts";

const NAME = "/gone/codex-arg0X/codex-linux-sandbox";

function test(name: string, fn: () => Promise<void>): void {
  Deno.test({ name: `codex-linux-sandbox: ${name}`, ignore: !HAS_BWRAP, fn });
}

function profile(network = "restricted"): string {
  return JSON.stringify({
    type: "managed",
    file_system: {
      type: "restricted",
      entries: [
        { path: { type: "special", value: { kind: "root" } }, access: "read" },
        { path: { type: "special", value: { kind: "project_roots" } }, access: "write" },
      ],
    },
    network,
  });
}

/** Starts the form that clients of 0.130 send. */
function run(scene: SandboxScene, options: readonly string[], script: string, overrides: StartOverrides = {}) {
  const argv = [NAME, ...options, "--", "/bin/sh", "-c", script];
  return scene.sh([], "", { argv, arg0: NAME, sandbox: null, ...overrides });
}

const options = (scene: SandboxScene, network?: string) => [
  "--sandbox-policy-cwd",
  scene.ws,
  "--command-cwd",
  scene.ws,
  "--permission-profile",
  profile(network),
];

test("its profile is applied where the program does not exist", async () => {
  await using scene = await sandboxScene();
  const { stdout, stderr, exitCode, sandboxType } = await run(
    scene,
    options(scene),
    `echo $0; pwd; echo x > made; echo x > ${scene.out}/made; mkdir .git`,
    { cwd: "/" },
  );
  assertEquals([stdout, exitCode, sandboxType], [`/bin/sh\n${scene.ws}\n`, 1, "linuxSeccomp"]);
  assertStringIncludes(stderr, "Read-only file system");
  assertEquals(treeOf(scene.root), { ws: "directory", "ws/made": "x\n", out: "directory", "out/secret": SECRET });
});

test("arg0 alone names it as well", async () => {
  await using scene = await sandboxScene();
  const argv = ["/gone/codex", ...options(scene), "--", "/bin/sh", "-c", `echo x > ${scene.out}/made`];
  const { exitCode } = await scene.sh([], "", { argv, arg0: "codex-linux-sandbox", sandbox: null });
  assertEquals([exitCode, treeOf(scene.out)], [2, { secret: SECRET }]);
});

test("options may be joined to their values, and a proxy-only network is none", async () => {
  await using scene = await sandboxScene();
  const joined = [
    `--sandbox-policy-cwd=${scene.ws}`,
    `--permission-profile=${profile("enabled")}`,
    "--allow-network-for-proxy",
  ];
  const { stdout } = await run(scene, joined, "readlink /proc/self/ns/net; pwd");
  const [namespace, cwd] = stdout.trim().split("\n");
  assertEquals([namespace === Deno.readLinkSync("/proc/self/ns/net"), cwd], [false, scene.ws]);
});

test("a program that exists is run as asked", async () => {
  await using scene = await sandboxScene();
  const program = `${scene.out}/codex-linux-sandbox`;
  Deno.writeTextFileSync(program, "#!/bin/sh\necho original $#\n", { mode: 0o755 });
  const { stdout, sandboxType } = await scene.sh([], "", { argv: [program, "--", "x"], sandbox: null });
  assertEquals([stdout, sandboxType], ["original 2\n", "none"]);
});

const MALFORMED: [change: (options: string[]) => string[], reason: string][] = [
  [(o) => o.slice(2), "--sandbox-policy-cwd is missing"],
  [(o) => o.slice(0, 4), "--permission-profile is missing"],
  [(o) => o.slice(0, 5), "--permission-profile needs a value"],
  [(o) => [...o.slice(0, 5), "{"], "--permission-profile is no JSON object"],
  [(o) => [...o.slice(0, 5), "[]"], "--permission-profile is no JSON object: expected an object"],
  [
    (o) => ["--sandbox-policy-cwd", "relative", ...o.slice(2)],
    '--sandbox-policy-cwd is not an absolute path: "relative"',
  ],
  [(o) => [...o, "--surprise"], 'unknown argument "--surprise"'],
  [(o) => [...o, "--surprise=1"], 'unknown argument "--surprise=1"'],
  [(o) => [...o.slice(0, 5), '{"type":"managed"}'], "params.sandbox.permissions.file_system: expected an object"],
];
test("what is malformed is refused by name", async () => {
  await using scene = await sandboxScene();
  for (const [change, reason] of MALFORMED) {
    const error = await run(scene, change(options(scene)), "echo x > made").then(() => undefined, (error) => error);
    assertEquals(error?.code, -32602, reason);
    assertStringIncludes(error.message, reason);
  }
  for (const argv of [[NAME], [NAME, ...options(scene)], [NAME, ...options(scene), "--"]]) {
    const error = await scene.sh([], "", { argv, sandbox: null }).then(() => undefined, (error) => error);
    assertEquals(error?.code, -32602);
    assertStringIncludes(error.message, "a command");
  }
  assertEquals(treeOf(scene.ws), {});
});
