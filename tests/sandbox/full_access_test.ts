import { assert, assertEquals, assertThrows } from "@std/assert";
import { RpcError } from "../../protocol/mod.ts";
import { checkHelperSupport, readDecision, writeDecision } from "../../sandbox/decision.ts";
import { accessOf } from "../../sandbox/policy.ts";
import { grantsFullWrite } from "../../sandbox/full_access.ts";
import { UNRESTRICTED_POLICY } from "../../sandbox/resolve.ts";
import { seededRandom } from "../protocol/random.ts";
import { FakeHost } from "./fake_host.ts";
import { entry, resolve } from "./profiles.ts";
import { pick, randomPath } from "./random_policies.ts";

/** Sections 2.1 and 3.1: where operations run. */
const TABLE: [entries: string[], read: "direct" | "helper", write: "direct" | "helper"][] = [
  [[], "helper", "helper"],
  [["r /w"], "helper", "helper"],
  [["w /w"], "helper", "helper"],
  [["r :root"], "direct", "helper"],
  [["r :root", "w /w"], "direct", "helper"],
  [["r :root", "w :project_roots", "r :project_roots/.git"], "direct", "helper"],
  [["r :root", "d /w"], "helper", "helper"],
  [["r :root", "d glob:/w/*"], "helper", "helper"],
  [["r :root", "d :unknown"], "helper", "helper"],
  [["r :root", "d :minimal"], "helper", "helper"],
  [["r :root", "d :root"], "helper", "helper"],
  [["w :root"], "direct", "direct"],
  [["w :root", "r :root"], "direct", "direct"],
  [["w :root", "d :root"], "helper", "helper"],
  [["w :root", "r /w"], "direct", "helper"],
  [["w :root", "d /w"], "helper", "helper"],
  [["w :root", "r /w", "w /w"], "direct", "direct"],
  // deny wins over write for one path, so this narrows, other than in the original
  [["w :root", "d /w", "w /w"], "helper", "helper"],
  [["w :root", "r glob:/w/*"], "direct", "helper"],
  [["w :root", "d glob:/w/*"], "helper", "helper"],
  [["w :root", "r :minimal"], "direct", "direct"],
  [["w :root", "r :unknown"], "direct", "direct"],
  [["w :root", "d :minimal"], "helper", "direct"],
  [["w :root", "d :unknown"], "helper", "direct"],
  [["w :root", "r :slash_tmp"], "direct", "helper"],
  [["w :root", "r :slash_tmp", "w :slash_tmp"], "direct", "direct"],
  [["w :root", "r :tmpdir"], "direct", "helper"],
  [["w :root", "r :project_roots/a", "w :project_roots/a"], "direct", "direct"],
  [["w :root", "r :project_roots/a", "w :project_roots/b"], "direct", "helper"],
  // the subpath that leads out turns into a deny of the workspace root
  [["w :root", "r :project_roots/..", "w :project_roots/.."], "helper", "helper"],
  [["r :root", "r :project_roots/.."], "helper", "helper"],
];

for (const [entries, read, write] of TABLE) {
  Deno.test(`where operations run with [${entries.join(", ")}]`, () => {
    const policy = resolve({ host: new FakeHost({ "/w": null }), cwd: "/w" }, ...entries);
    assertEquals([readDecision(policy), writeDecision(policy)], [read, write]);
  });
}

Deno.test("grantsFullWrite() takes a deny beside a write of the same path for narrowing", () => {
  assert(!grantsFullWrite(["w :root", "d /w", "w /w"].map(entry)));
  assert(!grantsFullWrite(["w :root", "d :root"].map(entry)));
  assert(grantsFullWrite(["w :root", "r /w", "w /w"].map(entry)));
});

Deno.test("where operations run without restrictions", () => {
  assertEquals([readDecision(UNRESTRICTED_POLICY), writeDecision(UNRESTRICTED_POLICY)], ["direct", "direct"]);
});

Deno.test("nothing runs directly that some path would be refused to", () => {
  const random = seededRandom(9);
  const kinds = [
    "r :root",
    "w :root",
    "w :root",
    "r /a",
    "w /a",
    "d /a",
    "w /a/b",
    "r :slash_tmp",
    "w :slash_tmp",
    "d :minimal",
    "r :project_roots/..",
    "w :project_roots/..",
    "r :minimal",
    "r glob:/a/*",
    "d glob:/a/*",
  ];
  let full = 0;
  for (let i = 0; i < 5_000; i++) {
    const entries = Array.from({ length: 1 + Math.floor(random() * 4) }, () => pick(random, kinds));
    const host = new FakeHost({ "/a/b": null });
    const policy = resolve({ host, cwd: "/a", platformDefaults: true }, ...entries);
    for (const path of ["/", "/a", "/a/b", "/a/b/.git", "/tmp/.git", "/.git", "/usr/x", randomPath(random)]) {
      const access = accessOf(policy, path);
      if (policy.fullRead) assert(access !== "none", `${path} under ${entries}`);
      if (policy.fullWrite) assertEquals(access, "write", `${path} under ${entries}`);
    }
    if (policy.fullWrite) full++;
  }
  assert(full > 500);
});

Deno.test("checkHelperSupport() refuses what this host cannot do", () => {
  const check = (level: "disabled" | "restricted-token" | "elevated" | "mxc", useLegacyLandlock: boolean) =>
    checkHelperSupport({ windowsSandboxLevel: level, useLegacyLandlock });
  for (const level of ["disabled", "restricted-token", "elevated"] as const) check(level, false);
  const mxc = assertThrows(() => check("mxc", false), RpcError);
  assertEquals([mxc.code, mxc.message], [
    -32600,
    "failed to prepare fs sandbox: failed to prepare MXC sandbox: native MXC is unavailable on this executor",
  ]);
  const landlock = assertThrows(() => check("disabled", true), RpcError, "useLegacyLandlock");
  assertEquals(landlock.code, -32603);
});
