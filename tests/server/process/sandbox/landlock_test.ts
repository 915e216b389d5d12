import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { testProcessWalls } from "../../../../server/mod.ts";
import { contextOf } from "../../../support/profiles_on_wire.ts";
import { tempDir } from "../../../support/temp_dir.ts";
import { HAS_BWRAP, sandboxScene, SECRET, treeOf, WORKSPACE } from "./scene.ts";
import type { ProfileLine } from "../../../support/profiles_on_wire.ts";

const WITHOUT_BWRAP = ["--bwrap", "/nonexistent"] as const;
const walls = Deno.build.os === "linux" ? await testProcessWalls() : [];
const HAS_LANDLOCK = walls.some(({ name, works }) => name === "landlock" && works);

function test(name: string, fn: () => Promise<void>): void {
  Deno.test({ name: `process sandbox without bubblewrap: ${name}`, ignore: !HAS_LANDLOCK, fn });
}

test("a profile that reads everything runs, and writes nothing", async () => {
  await using scene = await sandboxScene(...WITHOUT_BWRAP);
  const script = `cat ${scene.out}/secret; echo x > made; rm ${scene.out}/secret; mkdir d; echo fine > /dev/null; true`;
  const run = await scene.sh(["r :root"], script);
  assertEquals([run.sandboxType, run.exitCode, run.stdout], ["linuxSeccomp", 0, SECRET]);
  assertEquals(run.stderr.match(/Permission denied/g)?.length, 3, run.stderr);
  assertEquals(treeOf(scene.root), { ws: "directory", out: "directory", "out/secret": SECRET });
});

test("it has no capabilities, and both walls", async () => {
  await using scene = await sandboxScene(...WITHOUT_BWRAP);
  const script = "grep -E '^(CapEff|CapPrm|NoNewPrivs|Seccomp):' /proc/self/status | tr -d '\\t'";
  const { stdout } = await scene.sh(["r :root"], script);
  const none = "0000000000000000";
  assertEquals(stdout.trim().split("\n"), [`CapPrm:${none}`, `CapEff:${none}`, "NoNewPrivs:1", "Seccomp:2"]);
});

test("exit codes, arg0, terminals and what cannot be started are as with it", async () => {
  await using scene = await sandboxScene(...WITHOUT_BWRAP);
  const lines = ["r :root"] as const;
  assertEquals((await scene.sh(lines, "exit 5")).exitCode, 5);
  assertEquals((await scene.sh(lines, "kill -SEGV $$")).exitCode, 139);
  const gone = await scene.sh(lines, "", { argv: ["no-such-program"] });
  assertEquals([gone.exitCode, gone.sandboxDenied], [101, true]);
  assertEquals((await scene.sh(lines, "", { argv: ["/bin/sh", "-c", "echo $0"], arg0: "zero" })).stdout, "zero\n");
  const terminal = await scene.sh(lines, "test -t 0 && stty size < /dev/tty", { tty: true, rows: 5, cols: 6 });
  assertEquals(terminal.pty, "5 6\r\n");
  const denied = await scene.sh(lines, "echo x > f");
  assertEquals([denied.exitCode, denied.sandboxDenied], [2, true]);
});

const REFUSED: [lines: readonly ProfileLine[], reason: string][] = [
  [WORKSPACE, "it cannot keep anything read-only inside a writable directory"],
  [["r $/ws", "r :minimal"], "it cannot hide files"],
  [["r :root", "d $/out"], "it cannot hide files"],
];
test("what Landlock cannot hold exactly is refused, not run", async () => {
  await using scene = await sandboxScene(...WITHOUT_BWRAP);
  for (const [lines, reason] of REFUSED) {
    const error = await scene.sh(lines, `echo x > ${scene.out}/made`).then(() => undefined, (error) => error);
    assertEquals(error?.code, -32602);
    assertStringIncludes(
      error.message,
      "sandbox intent cannot be enforced on this executor: no program at /nonexistent",
    );
    assertStringIncludes(error.message, "install the package bubblewrap");
    assertStringIncludes(error.message, reason);
  }
  assertEquals(treeOf(scene.out), { secret: SECRET });
});

test("--sandbox-fallback refuse rules it out", async () => {
  await using scene = await sandboxScene(...WITHOUT_BWRAP, "--sandbox-fallback", "refuse");
  const error = await scene.sh(["r :root"], "true").then(() => undefined, (error) => error);
  assertEquals(error?.code, -32602);
  assertStringIncludes(error.message, "--sandbox-fallback refuse rules out Landlock");
  // what restricts no files needs no bubblewrap
  const sandbox = contextOf({ type: "external", network: "restricted" }, scene.ws);
  assertEquals((await scene.sh([], "exit 3", { sandbox })).exitCode, 3);
});

test("clients are told what is missing", async () => {
  await using scene = await sandboxScene(...WITHOUT_BWRAP);
  const { sandbox } = await scene.client.call("environment/info", null);
  assert(sandbox?.process?.walls.some((wall) => /^landlock:\d+$/.test(wall)), JSON.stringify(sandbox));
  assertEquals(sandbox?.process?.missing?.length, 1);
  assertStringIncludes(sandbox?.process?.missing?.[0] ?? "", "bubblewrap: no program at /nonexistent");
});

Deno.test({
  name: "testProcessWalls() tries every wall",
  ignore: Deno.build.os !== "linux",
  fn: async () => {
    assertEquals(walls.map(({ name }) => name), ["bubblewrap", "userNamespaces", "seccomp", "landlock", "cgroups"]);
    assertEquals(walls[0]?.works, HAS_BWRAP);
    for (const { name, works, detail } of walls) assert(detail !== "", `${name} ${works}`);
    const without = await testProcessWalls({ bwrap: "/nonexistent" });
    assertEquals(without[0]?.works, false);
    const old = await testProcessWalls({ bwrap: "/bin/false" });
    assertStringIncludes(old[0]?.detail ?? "", "has no --bind-fd");
    await using dir = await tempDir();
    const refusing =
      `#!/bin/sh\ncase $1 in --help) echo --ro-bind-fd ;; *) echo "bwrap: No permissions" >&2; exit 1 ;; esac\n`;
    Deno.writeTextFileSync(`${dir.path}/bwrap`, refusing, { mode: 0o755 });
    const failing = await testProcessWalls({ searchPath: `/nowhere:${dir.path}` });
    assertStringIncludes(failing[0]?.detail ?? "", "cannot build a sandbox here (bwrap: No permissions)");
  },
});
