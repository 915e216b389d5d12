import { assert, assertEquals } from "@std/assert";
import { denoFlags, denoPermissions } from "../../sandbox/deno_flags.ts";
import { findLibc } from "../../sandbox/libc_path.ts";
import { openLibc } from "../../sandbox/posix/libc.ts";
import { PosixDisk } from "../../sandbox/posix/posix_disk.ts";
import { invalidRequest } from "../../protocol/mod.ts";
import type { Walls } from "../../sandbox/helper/config.ts";
import { assertOutcomes, bytes, OS, policyOf, scene } from "../sandbox_helper/support.ts";
import { PORTABLE } from "./variants.ts";

const linux = { ignore: Deno.build.os !== "linux" };
const hasLandlock = Deno.build.os === "linux" && await landlockWorks();

/** Whether the kernel has it: asked of a helper, as the product does. */
async function landlockWorks(): Promise<boolean> {
  await using place = await scene();
  return (await place.pool.walls(policyOf(`w ${place.inside}`))).landlock > 0;
}

async function probe(wall: "landlock" | "none"): Promise<Record<string, boolean>> {
  await using place = await scene();
  Deno.symlinkSync(place.outside, `${place.inside}/l`);
  const program = new URL("./landlock_probe.ts", import.meta.url).href;
  const args = ["run", "-A", "--no-config", "--no-check", program, findLibc() ?? "", place.inside, place.outside, wall];
  const { stdout } = await new Deno.Command(Deno.execPath(), { args, stderr: "inherit" }).output();
  return JSON.parse(new TextDecoder().decode(stdout));
}

Deno.test({
  name: "walls: Landlock alone holds, and without it everything succeeds",
  ignore: !hasLandlock,
  fn: async () => {
    const allowed = ["readInside", "writeInside"];
    const tried = await probe("landlock");
    assertEquals(Object.keys(tried).filter((name) => tried[name]), allowed);
    const control = await probe("none");
    assertEquals(Object.values(control).every((succeeded) => succeeded), true, JSON.stringify(control));
  },
});

Deno.test("walls: the flags of Deno alone hold what they can, and without them everything succeeds", async () => {
  await using place = await scene();
  const program = new URL("./flags_probe.ts", import.meta.url).href;
  const flags = denoFlags(denoPermissions(policyOf(`w ${place.inside}`)));
  assert(flags.form === "flags");
  const probe = async (permissions: readonly string[]): Promise<Record<string, boolean>> => {
    const args = ["run", "--quiet", "--no-prompt", "--no-config", "--no-check", ...permissions, program];
    const command = new Deno.Command(Deno.execPath(), {
      args: [...args, place.inside, place.outside],
      stderr: "inherit",
    });
    return JSON.parse(new TextDecoder().decode((await command.output()).stdout));
  };
  const tried = await probe(flags.args);
  assertEquals(Object.keys(tried).filter((name) => tried[name]), ["readInside", "writeInside"]);
  const control = await probe(["-A"]);
  assertEquals(Object.values(control).every((succeeded) => succeeded), true, JSON.stringify(control));
});

Deno.test("walls: the permissions of a worker alone hold, and without them everything succeeds", async () => {
  await using place = await scene();
  const program = new URL("./worker_probe.ts", import.meta.url).href;
  const probe = async (wall: string): Promise<Record<string, boolean>> => {
    const args = ["run", "-A", "--no-config", "--no-check", "--unstable-worker-options", program];
    const command = new Deno.Command(Deno.execPath(), {
      args: [...args, place.inside, place.outside, wall],
      stderr: "inherit",
    });
    return JSON.parse(new TextDecoder().decode((await command.output()).stdout));
  };
  const tried = await probe("worker");
  assertEquals(Object.keys(tried).filter((name) => tried[name]), ["readInside", "writeInside"]);
  const control = await probe("none");
  assertEquals(Object.values(control).every((succeeded) => succeeded), true, JSON.stringify(control));
});

Deno.test("walls: a helper names those that stand", linux, async () => {
  await using place = await scene();
  const { descriptors, permissions, landlock, missing } = await place.pool.walls(policyOf(`w ${place.inside}`));
  assertEquals({ descriptors, permissions }, { descriptors: true, permissions: true });
  assertEquals(missing.length, landlock > 0 ? 0 : 1);
});

Deno.test("walls: one that was not asked for, or cannot be tried, is named as missing", linux, async () => {
  await using bare = await scene({ walls: { descriptors: true, landlock: false } });
  const walls = await bare.pool.walls(policyOf(`w ${bare.inside}`));
  assertEquals([walls.landlock, walls.missing], [0, ["landlock: not asked for"]]);
  await using open = await scene();
  const { missing } = await open.pool.walls({ ...policyOf("w /"), fullWrite: true });
  assert(missing.some((text) => text.startsWith("landlock: ")));
});

Deno.test("walls: the portable helper says that it has none of the system's", async () => {
  await using place = await scene(PORTABLE);
  const { descriptors, landlock, permissions } = await place.pool.walls(policyOf(`w ${place.inside}`));
  assertEquals({ descriptors, landlock, permissions }, { descriptors: false, landlock: 0, permissions: true });
  const files = place.under("w $/inside");
  assertEquals(new TextDecoder().decode(await files.readFile(`${place.inside}/note.txt`)), "inside");
  await assertOutcomes({ outside: [() => files.readFile(`${place.outside}/secret.txt`), OS.notFound] });
});

Deno.test("walls: a root that is replaced or appears gets a new helper by itself", linux, async () => {
  await using place = await scene();
  const files = place.under("w $/inside", "w $/later");
  await files.readFile(`${place.inside}/note.txt`);
  await assertOutcomes({ "not there": [() => files.readFile(`${place.root}/later/f`), OS.notFound] });
  Deno.removeSync(place.inside, { recursive: true });
  Deno.mkdirSync(place.inside);
  Deno.mkdirSync(`${place.root}/later`);
  await files.writeFile(`${place.inside}/new`, new Uint8Array(3));
  await files.writeFile(`${place.root}/later/f`, new Uint8Array(4));
  assertEquals((await files.readFile(`${place.root}/later/f`)).length, 4);
});

Deno.test("walls: what was remembered of a denied directory outlives its helper", linux, async () => {
  await using place = await scene({ idleMs: 0 });
  const { inside } = place;
  Deno.mkdirSync(`${inside}/t/priv`, { recursive: true });
  Deno.writeTextFileSync(`${inside}/t/priv/k`, "secret!");
  const files = place.under("w $/inside", "d $/inside/t/priv");
  await files.getMetadata(inside);
  await place.pool.idle();
  assertEquals(place.pool.size, 0);
  Deno.renameSync(`${inside}/t`, `${inside}/u`);
  await assertOutcomes({
    read: [() => files.readFile(`${inside}/u/priv/k`), OS.denied],
    list: [() => files.readDirectory(`${inside}/u/priv`), OS.denied],
    remove: [() => files.remove(`${inside}/u`), OS.denied],
    copy: [() => files.copy(`${inside}/u`, `${inside}/v`, { recursive: true }), OS.denied],
  });
});

Deno.test("walls: a helper that does not have those that are asked for runs nothing", linux, async () => {
  const check = ({ landlock }: Walls) => {
    if (landlock === 0) throw invalidRequest("the sandbox cannot be enforced here");
  };
  await using place = await scene({ walls: { descriptors: true, landlock: false }, check });
  const path = `${place.inside}/new`;
  await assertOutcomes({
    write: [() => place.under("w $/inside").writeFile(path, bytes("x")), "-32600 the sandbox cannot be enforced here"],
    again: [() => place.under("w $/inside").writeFile(path, bytes("x")), "-32600 the sandbox cannot be enforced here"],
  });
  assertEquals([...Deno.readDirSync(place.inside)].length, 1);
});

Deno.test("walls: openat2 and a walk by names lead to the same directories", linux, () => {
  const libc = openLibc(findLibc() ?? "");
  const [modern, old] = [new PosixDisk(libc), new PosixDisk(libc, false)];
  for (const path of ["/", "/proc", "/usr/bin", "/proc/self", "/proc/self/fd", "/etc/hostname", "/nowhere/at/all"]) {
    const [a, b] = [modern.jump(path), old.jump(path)];
    assertEquals(a === undefined, b === undefined, path);
    if (a === undefined || b === undefined) continue;
    assertEquals(modern.facts(a, "")?.identity, old.facts(b, "")?.identity, path);
    modern.leave(a);
    old.leave(b);
  }
});
