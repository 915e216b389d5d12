import { assert, assertEquals, assertThrows } from "@std/assert";
import { RpcError } from "../../../protocol/mod.ts";
import { confine, localHostFacts } from "../../../sandbox/mod.ts";
import { PosixSpawner } from "../../../server/process/posix_spawner.ts";
import { listDirectory } from "../../../server/process/sandbox/list_directory.ts";
import { isPlaceholder } from "../../../server/process/sandbox/placeholders.ts";
import { ProcessSandbox } from "../../../server/process/sandbox/process_sandbox.ts";
import { runTrial } from "../../../server/process/sandbox/trial.ts";
import { HAS_BWRAP, type SandboxScene, sandboxScene, treeOf } from "../../server/process/sandbox/scene.ts";
import { sandboxOf } from "../../support/profiles_on_wire.ts";

/** Starts that ran are counted; how many are refused depends on the load. */
const RUNS = 20, MAX_STARTS = 600;

/** Puts a link in the place of a directory and takes it away again, as fast as a shell can, and counts. */
const SWAP = `mkdir x; echo ready; n=0
while [ ! -e stop ]; do
  mv -T x y; ln -s "$1" x; rm -f x; rmdir x/.* x; mv -T y x; n=$((n+1))
done 2>/dev/null; echo $n`;

Deno.test({
  name: "attacks of processes: a running process swaps a writable root for a link while others start",
  ignore: !HAS_BWRAP,
  fn: async () => {
    await using scene = await sandboxScene();
    // with everything there that is mounted inside a writable root
    for (const name of [".git", ".agents", ".codex", ".aws"]) Deno.mkdirSync(`${scene.out}/${name}`);
    const before = treeOf(scene.out);
    const ready = Promise.withResolvers<void>();
    using _listener = scene.client.onNotification(({ method }) => method === "process/output" && ready.resolve());
    // it began before x existed, so x is no mount point for it
    const argv = ["/bin/sh", "-c", SWAP, "sh", scene.out];
    const sandbox = sandboxOf(["r :root", `w ${scene.ws}`, `w ${scene.ws}/x`], scene.ws);
    const swapper = scene.sh([], "", { argv, sandbox, limits: { wallTimeMs: 30_000 } });
    await ready.promise;
    let ran = 0;
    for (let i = 0; i < MAX_STARTS && ran < RUNS; i++) {
      const script = `echo x > ${scene.ws}/x/made; echo x > ${scene.ws}/x/.git/made; mkdir ${scene.ws}/x/.git`;
      const run = await scene.sh([], script, { sandbox }).catch((error) => error);
      if (run instanceof Error) assertEquals((run as { code?: number }).code, -32602, run.message);
      else ran++;
      assertEquals(treeOf(scene.out), before);
    }
    Deno.writeTextFileSync(`${scene.ws}/stop`, "");
    const swaps = Number((await swapper).stdout.trim().split("\n").at(-1));
    assert(swaps > 0, "nothing was swapped");
    assert(ran > 0, "every start was refused");
  },
});

/** A start of `script` in a scene whose `ws/x` is a writable root, prepared up to the spawn. */
async function prepared(scene: SandboxScene, script: string) {
  const spawner = new PosixSpawner();
  const keeper = { holds: () => {}, releases: () => {} };
  const sandbox = await ProcessSandbox.create({ searchPath: "/usr/bin:/bin", spawner, keeper });
  const context = sandboxOf(["r :root", `w ${scene.ws}`, `w ${scene.ws}/x`], scene.ws);
  const host = { facts: localHostFacts({}), list: listDirectory, isPlaceholder };
  const confinement = confine(context, { cwd: scene.ws, tmpdir: undefined }, host);
  const spec = {
    program: "/bin/sh",
    argv: ["sh", "-c", script],
    env: new Map([["PATH", "/usr/bin:/bin"]]),
    cwd: scene.ws,
    stdio: { kind: "pipes", stdin: false },
  } as const;
  return { sandbox, spawner, prepare: () => sandbox.prepare(spec, confinement) };
}

function swapForLink(scene: SandboxScene): void {
  Deno.renameSync(`${scene.ws}/x`, `${scene.ws}/y`);
  Deno.symlinkSync(scene.out, `${scene.ws}/x`);
}

for (const when of ["before", "after"] as const) {
  Deno.test({
    name: `attacks of processes: a writable root is swapped for a link ${when} it is opened`,
    ignore: !HAS_BWRAP,
    fn: async () => {
      await using scene = await sandboxScene();
      for (const name of [".git", ".agents", ".codex", ".aws"]) Deno.mkdirSync(`${scene.out}/${name}`);
      Deno.mkdirSync(`${scene.ws}/x`);
      const outside = treeOf(scene.out);
      const { sandbox, spawner, prepare } = await prepared(
        scene,
        `echo x > ${scene.ws}/x/made; echo x > ${scene.out}/made`,
      );
      try {
        if (when === "before") {
          swapForLink(scene);
          assertThrows(prepare, RpcError, "a path changed meanwhile: Symbolic link loop (os error 40)");
        } else {
          const { spec, started, release } = prepare();
          swapForLink(scene);
          await runTrial(spawner, spec);
          started();
          release();
        }
        assertEquals(treeOf(scene.out), outside);
      } finally {
        sandbox.close();
      }
    },
  });
}
