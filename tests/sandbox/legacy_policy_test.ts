import { assertEquals, assertThrows } from "@std/assert";
import { projectSandboxPolicy, type SandboxPolicy } from "../../sandbox/legacy_policy.ts";
import { restrictedEntries } from "../../sandbox/profile.ts";
import { resolvePolicy } from "../../sandbox/resolve.ts";
import { FakeHost, type FakeNode } from "./fake_host.ts";
import { entriesOf, entry } from "./profiles.ts";

function project(policy: SandboxPolicy, tree: Record<string, FakeNode> = {}) {
  return projectSandboxPolicy(policy, "/w", new FakeHost({ "/w": null, ...tree }));
}

const METADATA = [".git", ".agents", ".codex", ".aws"].map((name) => ({
  ...entry(`r :project_roots/${name}`),
  missingPathBehavior: "skip" as const,
}));

/** Section 1.8. */
const WORKSPACE: [
  name: string,
  policy: Partial<SandboxPolicy>,
  tree: Record<string, FakeNode>,
  before: string[],
  after: string[],
][] = [
  ["plain", {}, {}, ["r :root", "w :project_roots", "w :slash_tmp", "w :tmpdir"], ["r /w/.codex"]],
  ["without temporary directories", { exclude_slash_tmp: true, exclude_tmpdir_env_var: true }, {}, [
    "r :root",
    "w :project_roots",
  ], ["r /w/.codex"]],
  ["with more roots", { writable_roots: ["/x", "/y"], exclude_slash_tmp: true }, {
    "/x/.git": null,
    "/y/.codex": null,
    "/x/.codex": "",
  }, [
    "r :root",
    "w :project_roots",
    "w :tmpdir",
    "w /x",
    "w /y",
  ], ["r /x/.git", "r /y/.codex", "r /w/.codex"]],
  ["with what stands in the cwd", {}, { "/w/.git": "gitdir: g", "/w/g": null, "/w/.agents": null, "/w/.codex": null }, [
    "r :root",
    "w :project_roots",
    "w :slash_tmp",
    "w :tmpdir",
  ], ["r /w/.git", "r /w/g", "r /w/.agents", "r /w/.codex"]],
  ["with the cwd as a root, once", { writable_roots: ["/w"] }, { "/w/.git": null }, [
    "r :root",
    "w :project_roots",
    "w :slash_tmp",
    "w :tmpdir",
    "w /w",
  ], ["r /w/.git", "r /w/.codex"]],
  ["with an explicit root that would be protected", { writable_roots: ["/w/.git"] }, { "/w/.git": null }, [
    "r :root",
    "w :project_roots",
    "w :slash_tmp",
    "w :tmpdir",
    "w /w/.git",
  ], ["r /w/.codex"]],
];

for (const [name, policy, tree, before, after] of WORKSPACE) {
  Deno.test(`projectSandboxPolicy() workspace-write ${name}`, () => {
    const request = project({ type: "workspace-write", ...policy } as SandboxPolicy, tree);
    const expected = [...before.map(entry), ...METADATA, ...after.map(entry)];
    assertEquals(restrictedEntries(request.profile), expected);
    assertEquals([request.cwd, request.workspaceRoots], ["/w", ["/w"]]);
  });
}

Deno.test("projectSandboxPolicy() the other kinds", () => {
  const read = (network: "restricted" | "enabled") => ({
    type: "managed" as const,
    network,
    fileSystem: { type: "restricted" as const, entries: [entry("r :root")] },
  });
  const table: [SandboxPolicy, unknown][] = [
    [{ type: "danger-full-access" }, { type: "disabled" }],
    [{ type: "external-sandbox" }, { type: "external", network: "restricted" }],
    [{ type: "external-sandbox", network_access: "enabled" }, { type: "external", network: "enabled" }],
    [{ type: "read-only" }, read("restricted")],
    [{ type: "read-only", network_access: false }, read("restricted")],
    [{ type: "read-only", network_access: true }, read("enabled")],
  ];
  for (const [policy, expected] of table) assertEquals(project(policy).profile, expected);
  for (const network_access of [true, false]) {
    const { profile } = project({ type: "workspace-write", network_access });
    assertEquals(profile.type === "managed" && profile.network, network_access ? "enabled" : "restricted");
  }
});

Deno.test("projectSandboxPolicy() resolves to what the policy means", () => {
  const host = new FakeHost({ "/w/.git": null, "/x": null });
  const policy: SandboxPolicy = { type: "workspace-write", writable_roots: ["/x"], exclude_slash_tmp: true };
  const request = projectSandboxPolicy(policy, "/w", host);
  const metadata = (root: string) => [".agents", ".aws", ".codex", ".git"].map((name) => `r ${root}/${name}`);
  assertEquals(entriesOf(resolvePolicy(request, host)), ["r /", "w /w", ...metadata("/w"), "w /x", ...metadata("/x")]);
});

Deno.test("projectSandboxPolicy() takes absolute paths only", () => {
  const host = new FakeHost();
  const text = 'The cwd of a sandbox policy must be absolute: "w"';
  assertThrows(() => projectSandboxPolicy({ type: "read-only" }, "w", host), TypeError, text);
  const policy: SandboxPolicy = { type: "workspace-write", writable_roots: ["x"] };
  assertThrows(() => projectSandboxPolicy(policy, "/w", host), TypeError, "The writable root of a sandbox policy");
});
