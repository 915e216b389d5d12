import { assert, assertEquals } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { denoSpawner, selfSpawner } from "../../sandbox/spawn_helper.ts";
import { outcome, policyOf, scene } from "./support.ts";
import { until } from "../support/until.ts";
import { alive } from "../support/process_table.ts";

const linux = { ignore: Deno.build.os !== "linux" };
const PROGRAM = fromFileUrl(new URL("../../mod.ts", import.meta.url));
const RUN = ["run", "-A", "--quiet", "--no-check", "--unstable-worker-options", PROGRAM];

Deno.test("selfSpawner: the program itself becomes a helper, with all walls", linux, async () => {
  await using place = await scene({ spawn: selfSpawner([Deno.execPath(), ...RUN]) });
  const policy = policyOf(`w ${place.inside}`);
  await using usual = await scene();
  const { landlock } = await usual.pool.walls(policyOf(`w ${usual.inside}`));
  assertEquals(await place.pool.walls(policy), {
    descriptors: true,
    landlock,
    worker: true,
    permissions: true,
    missing: landlock > 0 ? [] : ["landlock: The kernel has no Landlock"],
  });
  const files = place.pool.filesystem(policy);
  assertEquals(new TextDecoder().decode(await files.readFile(`${place.inside}/note.txt`)), "inside");
  assertEquals(
    await outcome(() => files.readFile(`${place.outside}/secret.txt`)),
    "-32004 No such file or directory (os error 2)",
  );
});

Deno.test("selfSpawner: a helper without input ends, and one whose server is gone", linux, async () => {
  const child = new Deno.Command(Deno.execPath(), {
    args: [...RUN, "--internal-fs-helper"],
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  });
  const { code, stdout } = await child.output();
  assertEquals([code, stdout.length], [0, 0]);
  let pid = 0;
  await using place = await scene({
    spawn: (flags) => {
      const started = selfSpawner([Deno.execPath(), ...RUN])(flags);
      pid = started.pid;
      return { ...started, kill: () => {} };
    },
  });
  await place.under("w $/inside").readFile(`${place.inside}/note.txt`);
  assert(alive(pid));
  await place.pool.close();
  await until("the helper is gone", () => !alive(pid));
});

Deno.test("the helper needs no file: its text is an address", linux, async () => {
  const { helperProgramData } = await import("../../sandbox/helper_program.ts");
  await using place = await scene({ spawn: denoSpawner({ program: helperProgramData() }) });
  const { missing } = await place.pool.walls(policyOf(`w ${place.inside}`));
  assertEquals(missing, []);
  assertEquals((await place.under("w $/inside").readFile(`${place.inside}/note.txt`)).length, 6);
});
