import { assertEquals, assertLess } from "@std/assert";
import { accessOf, isDenied, type Policy, type PolicyEntry } from "../../sandbox/policy.ts";
import { seededRandom } from "../protocol/random.ts";
import { randomEntries, randomGlob, randomPath } from "./random_policies.ts";
import { modelAccess } from "./reference_model.ts";

function policyOf(entries: Record<string, PolicyEntry["access"]>, ...denyGlobs: string[]): Policy {
  const list = Object.entries(entries).map(([path, access]) => ({ path, access }));
  return { entries: list, denyGlobs, fullRead: false, fullWrite: false };
}

Deno.test("accessOf() follows the deepest entry", () => {
  const policy = policyOf({
    "/": "read",
    "/w": "write",
    "/w/.git": "read",
    "/w/.git/hooks": "write",
    "/w/priv": "deny",
    "/w/priv/open": "write",
    "/w/priv/pub": "read",
  });
  const table: Record<string, string> = {
    "/": "read",
    "/etc/passwd": "read",
    "/w": "write",
    "/w/f": "write",
    "/wx": "read",
    "/w/.git": "read",
    "/w/.gitx": "write",
    "/w/.git/HEAD": "read",
    "/w/.git/hooks/x": "write",
    "/w/priv": "none",
    "/w/priv/k.txt": "none",
    "/w/priv/open/n": "write",
    "/w/priv/pub/p": "read",
    "/w/private": "write",
  };
  for (const [path, access] of Object.entries(table)) assertEquals(accessOf(policy, path), access, path);
});

Deno.test("accessOf() grants nothing where no entry speaks", () => {
  assertEquals(accessOf(policyOf({}), "/"), "none");
  const policy = policyOf({ "/a/b": "write" });
  for (const path of ["/", "/a", "/a/bc", "/a/c", "/b"]) assertEquals(accessOf(policy, path), "none", path);
});

Deno.test("accessOf() lets deny win over write, and write over read, for one path", () => {
  const entries = (["read", "write", "deny"] as const).map((access) => ({ path: "/a", access }));
  const of = (list: PolicyEntry[]) => accessOf({ ...policyOf({}), entries: list }, "/a/f");
  assertEquals(of(entries), "none");
  assertEquals(of(entries.toReversed()), "none");
  assertEquals(of(entries.slice(0, 2)), "write");
  assertEquals(of(entries.slice(0, 2).toReversed()), "write");
});

Deno.test("accessOf() lets a deny glob win over every entry, with what lies below the match", () => {
  const policy = policyOf({ "/w": "write", "/w/s/x.env/in": "write" }, "/w/**/*.env");
  assertEquals(accessOf(policy, "/w/s/x.env"), "none");
  assertEquals(accessOf(policy, "/w/s/x.env/in/f"), "none");
  assertEquals(accessOf(policy, "/w/s/x.txt"), "write");
});

Deno.test("isDenied() tells a denied path from one that nothing grants", () => {
  const policy = policyOf({ "/w": "write", "/w/d": "deny" }, "/**/*.env");
  assertEquals(["/w/d/x", "/w/a.env", "/o/a.env", "/w/x", "/o"].map((path) => isDenied(policy, path)), [
    true,
    true,
    true,
    false,
    false,
  ]);
});

Deno.test("accessOf() agrees with the model of section 2.2 on 100,000 random questions", () => {
  const random = seededRandom(22);
  const seen = { none: 0, read: 0, write: 0 };
  for (let i = 0; i < 2_000; i++) {
    const entries = randomEntries(random, 12);
    const denyGlobs = random() < 0.3 ? [randomGlob(random)] : [];
    const policy: Policy = { entries, denyGlobs, fullRead: false, fullWrite: false };
    const model = {
      entries,
      denyGlobs,
      protectsMetadata: false,
    };
    for (let j = 0; j < 50; j++) {
      const path = randomPath(random);
      const access = accessOf(policy, path);
      assertEquals(access, modelAccess(model, path), `${path} under ${JSON.stringify(policy)}`);
      seen[access]++;
    }
  }
  for (const count of Object.values(seen)) assertLess(5_000, count);
});

Deno.test("modelAccess() is no echo: a policy decided the other way round is noticed", () => {
  const entries: PolicyEntry[] = [{ path: "/a", access: "deny" }, { path: "/a/b", access: "read" }];
  const model = { entries, denyGlobs: [], protectsMetadata: false };
  assertEquals(modelAccess(model, "/a/b/c"), "read");
  assertEquals(modelAccess({ ...model, entries: entries.slice(0, 1) }, "/a/b/c"), "none");
  const write: PolicyEntry[] = [{ path: "/a", access: "write" }, { path: "/a/.git/hooks", access: "write" }];
  const guarded = { entries: write, denyGlobs: [], protectsMetadata: true };
  assertEquals(
    ["/a/x", "/a/.git", "/a/.git/HEAD", "/a/.git/hooks/x", "/a/s/.git"].map((p) => modelAccess(guarded, p)),
    [
      "write",
      "read",
      "read",
      "write",
      "write",
    ],
  );
});
