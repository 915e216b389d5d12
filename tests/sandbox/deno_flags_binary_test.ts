import { assert, assertEquals, assertLess } from "@std/assert";
import { denoFlags, denoPermissions } from "../../sandbox/deno_flags.ts";
import { denoGrants, denoPermissionList } from "../../sandbox/deno_flags_model.ts";
import { accessOf, type Policy } from "../../sandbox/policy.ts";
import { seededRandom } from "../protocol/random.ts";
import { tempDir } from "../support/temp_dir.ts";
import { randomEntries, randomPath, uniqueEntries } from "./random_policies.ts";

const NAMES = ["a", "b", "ab", "a b", "é", ".git", "x=y", "line\nbreak", "*"];

/** Reports what the real permissions of its process say about the paths on stdin. */
const REPORTER = `
const paths = JSON.parse(await new Response(Deno.stdin.readable).text());
const granted = (name, path) => Deno.permissions.querySync({ name, path }).state === "granted";
console.log(JSON.stringify(paths.map((path) => [granted("read", path), granted("write", path)])));`;

/** Runs the reporter under some permission arguments, with nothing of this repository in reach. */
async function ask(permissionArgs: readonly string[], paths: readonly string[]): Promise<[boolean, boolean][]> {
  const args = ["run", "-q", "--no-lock", "--no-check", "--no-remote", "--no-npm", "--no-prompt", ...permissionArgs];
  const child = new Deno.Command(Deno.execPath(), {
    args: [...args, `data:application/javascript,${encodeURIComponent(REPORTER)}`],
    cwd: "/",
    clearEnv: true,
    env: { NO_COLOR: "1", DENO_NO_UPDATE_CHECK: "1" },
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(JSON.stringify(paths)));
  await writer.close();
  const { success, stdout, stderr } = await child.output();
  assert(success, new TextDecoder().decode(stderr));
  return JSON.parse(new TextDecoder().decode(stdout));
}

async function askUnder(policy: Policy, paths: readonly string[]): Promise<[boolean, boolean][]> {
  const flags = denoFlags(denoPermissions(policy));
  if (flags.form === "flags") return await ask(["--no-config", ...flags.args], paths);
  await using dir = await tempDir();
  const file = `${dir.path}/deno.json`;
  await Deno.writeTextFile(file, JSON.stringify(flags.config));
  return await ask(["--config", file, ...flags.args], paths);
}

async function compareRandom(seed: number, names: readonly string[], form: "flags" | "config"): Promise<void> {
  const random = seededRandom(seed);
  let granted = 0;
  let compared = 0;
  const cases = Array.from({ length: 32 }, () => {
    const comma = form === "config" ? [{ path: "/a,b", access: "read" as const }] : [];
    const entries = uniqueEntries([...randomEntries(random, 14, names), ...comma]);
    const policy: Policy = { entries, denyGlobs: [], fullRead: false, fullWrite: false };
    const paths = Array.from({ length: 40 }, () => randomPath(random, 6, names));
    return { policy, paths: [...paths, ...entries.map(({ path }) => path)] };
  });
  for (const { policy, paths } of cases) {
    const permissions = denoPermissions(policy);
    // what is granted or denied above the path with the comma leaves it out
    if (denoFlags(permissions).form !== form) continue;
    compared++;
    const { read, write } = permissions;
    const readList = denoPermissionList(read.allow, read.deny);
    const writeList = denoPermissionList(write.allow, write.deny);
    const answers = await askUnder(policy, paths);
    for (const [i, path] of paths.entries()) {
      const label = `${JSON.stringify(path)} under ${JSON.stringify(permissions)}`;
      assertEquals(answers[i], [denoGrants(readList, path), denoGrants(writeList, path)], label);
      const access = accessOf(policy, path);
      assert(!answers[i]?.[0] || access !== "none", label);
      assert(!answers[i]?.[1] || access === "write", label);
      if (answers[i]?.[0]) granted++;
    }
  }
  assertLess(100, granted);
  assertLess(15, compared);
}

Deno.test("Deno itself grants what the model of its flags says", () => compareRandom(31, NAMES, "flags"));

Deno.test("Deno itself grants what the model says of a permission set", () => {
  return compareRandom(32, [...NAMES, "a,b", ",", "\u{1f600}", "\uffff"], "config");
});

Deno.test("Deno itself misplaces entries where the model does", async () => {
  const random = seededRandom(33);
  let lists = 0;
  while (lists < 12) {
    const entries = uniqueEntries(randomEntries(random, 24, ["a", "b", "c", "d"]));
    const pathsOf = (deny: boolean) =>
      entries.filter(({ access }) => (access === "deny") === deny).map(({ path }) => path);
    const [allow, deny] = [pathsOf(false), pathsOf(true)];
    const list = denoPermissionList(allow, deny);
    const probes = entries.map(({ path }) => `${path}/q`.replace("//", "/"));
    const policy: Policy = { entries, denyGlobs: [], fullRead: false, fullWrite: false };
    const misplaced = probes.some((path) => denoGrants(list, path) !== (accessOf(policy, path) !== "none"));
    if (!misplaced || allow.length === 0 || deny.length === 0) continue;
    lists++;
    const args = ["--no-config", `--allow-read=${allow.join(",")}`, `--deny-read=${deny.join(",")}`];
    const answers = await ask(args, probes);
    assertEquals(answers.map(([read]) => read), probes.map((path) => denoGrants(list, path)), JSON.stringify(args));
  }
});

Deno.test("Deno itself grants nothing without flags, and a comma would grant what it divides", async () => {
  const empty: Policy = { entries: [], denyGlobs: [], fullRead: false, fullWrite: false };
  assertEquals(await askUnder(empty, ["/", "/etc/hostname"]), [[false, false], [false, false]]);
  // deny wins for one path
  assertEquals(await ask(["--no-config", "--allow-read=/a", "--deny-read=/a"], ["/a", "/a/x"]), [[false, false], [
    false,
    false,
  ]]);
  // what the permission set is for
  assertEquals(await ask(["--no-config", "--allow-read=/ws,/etc"], ["/etc/hostname"]), [[true, false]]);
  const comma: Policy = { ...empty, entries: [{ path: "/ws,/etc", access: "write" }] };
  assertEquals(await askUnder(comma, ["/etc/hostname", "/ws,/etc/f"]), [[false, false], [true, true]]);
});
