import { assertEquals, assertNotEquals } from "@std/assert";
import type { Policy } from "../../sandbox/policy.ts";
import { policyKey } from "../../sandbox/policy_key.ts";
import { FakeHost } from "./fake_host.ts";
import { resolve } from "./profiles.ts";

const POLICY: Policy = {
  entries: [{ path: "/a", access: "read" }, { path: "/b", access: "write" }],
  denyGlobs: ["/a/*", "/b/*"],
  fullRead: false,
  fullWrite: false,
};

Deno.test("policyKey() does not depend on any order", () => {
  const turned = { ...POLICY, entries: POLICY.entries.toReversed(), denyGlobs: POLICY.denyGlobs.toReversed() };
  assertEquals(policyKey(turned), policyKey(POLICY));
  assertEquals(policyKey(JSON.parse(JSON.stringify(POLICY))), policyKey(POLICY));
});

Deno.test("policyKey() tells different policies apart", () => {
  const others: Policy[] = [
    { ...POLICY, entries: POLICY.entries.slice(1) },
    { ...POLICY, entries: [{ path: "/a", access: "write" }, { path: "/b", access: "read" }] },
    { ...POLICY, entries: [{ path: '/a","read"],["/c', access: "read" }, { path: "/b", access: "write" }] },
    { ...POLICY, denyGlobs: ["/a/*"] },
    { ...POLICY, denyGlobs: ["/a/*,/b/*"] },
    { ...POLICY, fullRead: true },
    { ...POLICY, fullWrite: true },
  ];
  const keys = [POLICY, ...others].map(policyKey);
  assertEquals(new Set(keys).size, keys.length);
});

Deno.test("policyKey() is shared by requests that mean the same, and by no others", () => {
  const host = new FakeHost({ "/w": null, "/v": null });
  const of = (cwd: string, ...entries: string[]) => policyKey(resolve({ host, cwd }, ...entries));
  assertEquals(of("/w", "w :project_roots"), of("/v", "w /w"));
  assertEquals(of("/w", "r :root"), of("/v", "r :root"));
  assertNotEquals(of("/w", "w :project_roots"), of("/v", "w :project_roots"));
});
