import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import { RepeatedMember, type SandboxContext } from "../../protocol/mod.ts";
import { localHostFacts } from "../../sandbox/host_facts.ts";
import { ResolvedProfiles } from "../../sandbox/resolved_profiles.ts";
import { tempDir } from "../support/temp_dir.ts";

function context(dir: string, cwd = dir): SandboxContext {
  const entries = Array.from({ length: 64 }, (_, i) => ({
    path: { type: "path", path: i === 0 ? dir : `${dir}/d${i}` },
    access: i % 2 === 0 ? "write" : "read",
  }));
  const permissions = { type: "managed", network: "restricted", file_system: { type: "restricted", entries } };
  return { permissions, cwd, windowsSandboxLevel: "disabled" };
}

/** As a server reads it: what it read before is shared, the context around it is not. */
function reader(): (sandbox: SandboxContext) => SandboxContext {
  const parser = new RepeatedMember("sandbox");
  return (sandbox) => {
    const message = parser.parse(JSON.stringify({ id: 1, method: "fs/readFile", params: { path: "/", sandbox } }));
    assert(message.kind === "request");
    return { ...(message.params as { sandbox: SandboxContext }).sandbox };
  };
}

for (const shared of [true, false]) {
  const what = shared ? "permissions that were read before" : "permissions of their own";
  Deno.test(`ResolvedProfiles: ${what} are resolved once, and again when the disk has changed`, async () => {
    await using dir = await tempDir();
    await Deno.mkdir(`${dir.path}/other`);
    const read = shared ? reader() : (sandbox: SandboxContext) => structuredClone(sandbox);
    const profiles = new ResolvedProfiles(localHostFacts({}));
    try {
      const first = profiles.resolve(read(context(dir.path)));
      assertStrictEquals(profiles.resolve(read(context(dir.path))), first);
      const elsewhere = profiles.resolve(read(context(dir.path, `${dir.path}/other`)));
      assertEquals([first.request.cwd, elsewhere.request.cwd], [dir.path, `${dir.path}/other`]);
      assertStrictEquals(profiles.resolve(read(context(dir.path))), first);
      // a repository that lies elsewhere is protected from the moment it is pointed to
      await Deno.mkdir(`${dir.path}/other/git`);
      await Deno.writeTextFile(`${dir.path}/.git`, `gitdir: ${dir.path}/other/git\n`);
      const changed = profiles.resolve(read(context(dir.path)));
      assert(changed.key !== first.key);
      assert(changed.policy.entries.some(({ path }) => path === `${dir.path}/other/git`));
    } finally {
      profiles.close();
    }
  });
}

Deno.test("ResolvedProfiles: permissions that somebody else can change are read each time", async () => {
  await using dir = await tempDir();
  const profiles = new ResolvedProfiles(localHostFacts({}));
  try {
    const sandbox = context(dir.path);
    const first = profiles.resolve(Object.freeze(sandbox));
    const { entries } = (sandbox.permissions as { file_system: { entries: { access: string }[] } }).file_system;
    (entries[0] as { access: string }).access = "read";
    assert(profiles.resolve(sandbox).key !== first.key);
  } finally {
    profiles.close();
  }
});
