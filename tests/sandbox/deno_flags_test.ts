import { assert, assertEquals, assertLess, assertThrows } from "@std/assert";
import { type DenoFlags, denoFlags, type DenoPermissions, denoPermissions } from "../../sandbox/deno_flags.ts";
import { denoGrants, denoPermissionList } from "../../sandbox/deno_flags_model.ts";
import { accessOf, type Policy, type PolicyEntry } from "../../sandbox/policy.ts";
import { seededRandom } from "../protocol/random.ts";
import { randomEntries, randomPath, uniqueEntries } from "./random_policies.ts";

function policyOf(entries: readonly PolicyEntry[]): Policy {
  return { entries, denyGlobs: [], fullRead: false, fullWrite: false };
}

function inShort(...entries: string[]): Policy {
  const accesses = { r: "read", w: "write", d: "deny" } as const;
  return policyOf(entries.map((text) => ({ path: text.slice(2), access: accesses[text[0] as "r" | "w" | "d"] })));
}

/** Deno 2.9.6 sandbox facts, section 6: policies and their flags. */
const TABLE: [name: string, entries: string[], flags: string[]][] = [
  ["nothing: no flag, since a bare one means everything", [], []],
  ["only denies", ["d /", "d /a"], []],
  ["a read path", ["r /a"], ["--allow-read=/a"]],
  ["a write path is read, too", ["w /a"], ["--allow-read=/a", "--allow-write=/a"]],
  ["the root is a path like others", ["r /"], ["--allow-read=/"]],
  ["everything", ["w /"], ["--allow-read=/", "--allow-write=/"]],
  ["read-only below writable", ["w /a", "r /a/.git"], ["--allow-read=/a", "--allow-write=/a", "--deny-write=/a/.git"]],
  ["denied below writable", ["w /a", "d /a/s"], [
    "--allow-read=/a",
    "--deny-read=/a/s",
    "--allow-write=/a",
    "--deny-write=/a/s",
  ]],
  ["denied below read", ["r /a", "d /a/s"], ["--allow-read=/a", "--deny-read=/a/s"]],
  ["reopened below denied", ["r /", "d /a", "w /a/s"], [
    "--allow-read=/,/a/s",
    "--deny-read=/a",
    "--allow-write=/a/s",
  ]],
  ["an allow-list", ["d /", "r /a"], ["--allow-read=/a"]],
  ["what says the same as above is left out", ["r /", "r /a", "w /b", "w /b/c", "d /d", "d /d/e"], [
    "--allow-read=/",
    "--deny-read=/d",
    "--allow-write=/b",
  ]],
  ["odd names", ["r /a b", "r /a=b", "r /é\n", "r /--x", "r /*"], ["--allow-read=/*,/--x,/a b,/a=b,/é\n"]],
];

for (const [name, entries, flags] of TABLE) {
  Deno.test(`denoFlags() ${name}`, () => {
    const permissions = denoPermissions(inShort(...entries));
    assertEquals(denoFlags(permissions), { form: "flags", args: flags });
    assert(permissions.exact);
  });
}

function configOf(flags: DenoFlags): unknown {
  assertEquals([flags.form, flags.args], ["config", ["-P"]]);
  return flags.form === "config" && flags.config;
}

Deno.test("denoFlags() writes a permission set for paths with a comma", () => {
  for (const comma of ["r /a,b", "w /a,/etc"]) {
    assertEquals(denoFlags(denoPermissions(inShort(comma))).form, "config");
  }
  const flags = denoFlags(denoPermissions(inShort("w /ws,/etc", "d /ws,/etc/s", "r /ok")));
  assertEquals(configOf(flags), {
    permissions: {
      default: {
        read: { allow: ["/ok", "/ws,/etc"], deny: ["/ws,/etc/s"] },
        write: { allow: ["/ws,/etc"], deny: ["/ws,/etc/s"] },
      },
    },
  });
});

Deno.test("denoFlags() writes a permission set for more paths than arguments take", () => {
  const many = policyOf(
    Array.from({ length: 2_000 }, (_, i) => ({ path: `/r/${"x".repeat(60)}${i}`, access: "read" })),
  );
  assertEquals(denoFlags(denoPermissions(many)).form, "config");
});

function modelOf({ read, write }: Pick<DenoPermissions, "read" | "write">) {
  const readList = denoPermissionList(read.allow, read.deny);
  const writeList = denoPermissionList(write.allow, write.deny);
  return (path: string) => ({ read: denoGrants(readList, path), write: denoGrants(writeList, path) });
}

Deno.test("denoPermissions() never grant more than the policy, and rarely less", () => {
  const random = seededRandom(13);
  const names = ["a", "b", "c", "a b", "ab"];
  const counts = { asked: 0, granted: 0, inexact: 0 };
  for (let i = 0; i < 6_000; i++) {
    const policy = policyOf(uniqueEntries(randomEntries(random, 16, names)));
    const permissions = denoPermissions(policy);
    const grants = modelOf(permissions);
    if (!permissions.exact) counts.inexact++;
    for (let j = 0; j < 20; j++) {
      const path = randomPath(random, 6, names);
      const access = accessOf(policy, path);
      const given = grants(path);
      const label = `${path} under ${JSON.stringify(policy.entries)}`;
      if (permissions.exact) assertEquals(given, { read: access !== "none", write: access === "write" }, label);
      assert(!given.read || access !== "none", label);
      assert(!given.write || access === "write", label);
      counts.asked++;
      if (given.read) counts.granted++;
    }
  }
  assertLess(counts.asked / 5, counts.granted);
  assertLess(counts.inexact, 60);
});

Deno.test("denoPermissions() say so when Deno's order loses a grant", () => {
  const random = seededRandom(14);
  let inexact: PolicyEntry[] | undefined;
  while (inexact === undefined) {
    const entries = uniqueEntries(randomEntries(random, 24, ["a", "b", "c", "d"]));
    if (!denoPermissions(policyOf(entries)).exact) inexact = entries;
  }
  const permissions = denoPermissions(policyOf(inexact));
  const grants = modelOf(permissions);
  const lost = inexact.filter(({ path, access }) => access !== "deny" && !grants(`${path}/x`).read);
  const lostWrites = inexact.filter(({ path, access }) => access === "write" && !grants(`${path}/x`).write);
  assert(lost.length + lostWrites.length > 0);
});

Deno.test("denoPermissionList() misplaces a nested allow among unrelated ones, as Deno does", () => {
  const nested = "/d/c/c/b";
  assert(!denoGrants(denoPermissionList([nested, "/b/b", "/b/a"], ["/d"]), nested));
  assert(denoGrants(denoPermissionList([nested], ["/d"]), nested));
});

Deno.test("denoPermissionList() lets deny win for one path", () => {
  assert(!denoGrants(denoPermissionList(["/a"], ["/a"]), "/a/x"));
});

Deno.test("denoPermissions() refuse to grant more than the policy", () => {
  // two entries for one path are no policy; the check of the flags is what notices
  const broken = inShort("d /a", "w /a");
  const text = 'Cannot express the policy in Deno permissions: read access to "/a" would be granted';
  assertThrows(() => denoPermissions(broken), Error, text);
});

Deno.test("denoPermissionList() orders names by code point, as UTF-8 does", () => {
  const list = denoPermissionList(["/\u{1f600}", "/\uffff", "/z", "/é"], []);
  assertEquals(list.entries.map(({ path }) => path), ["/z", "/é", "/\uffff", "/\u{1f600}"]);
});
