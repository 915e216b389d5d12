import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { localHostFacts } from "../../sandbox/host_facts.ts";
import { resolvePolicy } from "../../sandbox/resolve.ts";
import { tempDir } from "../support/temp_dir.ts";
import { entriesOf, profile } from "./profiles.ts";

const host = localHostFacts({});

Deno.test("localHostFacts() tells kinds apart without following links", async () => {
  await using dir = await tempDir();
  await Deno.writeTextFile(`${dir.path}/f`, "x");
  await Deno.symlink("f", `${dir.path}/l`);
  const kinds = [dir.path, `${dir.path}/f`, `${dir.path}/l`, "/dev/null"].map((path) => host.lstat(path)?.kind);
  assertEquals(kinds, ["directory", "file", "link", "other"]);
  for (const path of [`${dir.path}/no`, `${dir.path}/f/x`, `${dir.path}/${"x".repeat(300)}`, "/a\0b"]) {
    assertEquals(host.lstat(path), undefined);
    assertEquals(host.readLink(path), undefined);
    assertEquals(host.readStart(path), undefined);
  }
  assertEquals(host.readLink(`${dir.path}/l`), "f");
  assertEquals(host.readLink(`${dir.path}/f`), undefined);
});

Deno.test("localHostFacts() identifies a directory that was made again as another one", async () => {
  await using dir = await tempDir();
  const path = `${dir.path}/d`;
  const make = async () => {
    await Deno.mkdir(path);
    return { identity: host.lstat(path)?.identity, born: (await Deno.stat(path)).birthtime?.getTime() };
  };
  const first = await make();
  assert(first.born !== undefined, "the file system keeps times of birth");
  assertEquals(host.lstat(path)?.identity, first.identity);
  await Deno.writeTextFile(`${path}/f`, "");
  assertEquals(host.lstat(path)?.identity, first.identity);
  await Deno.remove(path, { recursive: true });
  let again = await make();
  // the inode may be the same one: it takes another millisecond to be seen
  while (again.born === first.born) {
    await Deno.remove(path);
    again = await make();
  }
  assertNotEquals(again.identity, first.identity);
});

Deno.test("localHostFacts() reads the start of regular files only, and never waits", async () => {
  await using dir = await tempDir();
  await Deno.writeTextFile(`${dir.path}/f`, "gitdir: g\n" + "x".repeat(100_000));
  await Deno.symlink("f", `${dir.path}/l`);
  const made = await new Deno.Command("mkfifo", { args: [`${dir.path}/p`] }).output();
  assert(made.success);
  assertEquals(host.readStart(`${dir.path}/f`)?.length, 8192);
  for (const name of ["l", "p", "."]) assertEquals(host.readStart(`${dir.path}/${name}`), undefined);
});

Deno.test("localHostFacts() resolves a profile on the real disk", async () => {
  await using dir = await tempDir();
  const root = `${dir.path}/w`;
  await Deno.mkdir(`${root}/realgit`, { recursive: true });
  await Deno.writeTextFile(`${root}/.git`, "gitdir: ./realgit\n");
  await Deno.symlink("w", `${dir.path}/alias`);
  const input = { profile: profile("w :project_roots", "d :project_roots/later"), cwd: `${dir.path}/alias` };
  const policy = resolvePolicy(input, host, { platformDefaults: false });
  assertEquals(entriesOf(policy).map((entry) => entry.replace(dir.path, "")), [
    "r /alias",
    "d /alias/later",
    "w /w",
    "r /w/.agents",
    "r /w/.aws",
    "r /w/.codex",
    "r /w/.git",
    "d /w/later",
    "r /w/realgit",
  ]);
});
