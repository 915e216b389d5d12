import { assertEquals } from "@std/assert";
import { encodeSandbox } from "../../sandbox/encode_sandbox.ts";
import { parseSandbox } from "../../sandbox/parse_sandbox.ts";
import type { PermissionProfile, SandboxRequest } from "../../sandbox/profile.ts";
import { policyKey } from "../../sandbox/policy_key.ts";
import { resolvePolicy } from "../../sandbox/resolve.ts";
import { FakeHost } from "./fake_host.ts";
import { entry } from "./profiles.ts";

function request(profile: PermissionProfile, others: Partial<SandboxRequest> = {}): SandboxRequest {
  return { profile, windowsSandboxLevel: "disabled", useLegacyLandlock: false, ...others };
}

function restricted(...entries: string[]): PermissionProfile {
  return {
    type: "managed",
    network: "enabled",
    fileSystem: { type: "restricted", entries: entries.map(entry), globScanMaxDepth: 2 },
  };
}

const REQUESTS: SandboxRequest[] = [
  request({ type: "disabled" }),
  request({ type: "external", network: "enabled" }),
  request({ type: "managed", network: "restricted", fileSystem: { type: "unrestricted" } }),
  request(restricted("r :root", "w /a b", "d /c", "d glob:/c/*"), { useLegacyLandlock: true }),
  request(restricted("w :project_roots", "r :project_roots/.git", "d glob:*.env"), {
    cwd: "/w",
    workspaceRoots: ["/w"],
  }),
  request(restricted("w :project_roots", "d :project_roots/../x"), { cwd: "/w", workspaceRoots: ["/v", "/u"] }),
  request(restricted("w :project_roots"), { cwd: "/w", workspaceRoots: [] }),
  request(restricted("w :project_roots"), { cwd: "/w" }),
  request(restricted("w :tmpdir", "r :minimal", "w :unknown")),
];

for (const [i, sandbox] of REQUESTS.entries()) {
  for (const form of ["uri", "native"] as const) {
    Deno.test(`encodeSandbox() is read back as what it means: request ${i}, ${form}`, () => {
      const host = new FakeHost({ "/w": null, "/v": null, "/u": null, "/a b": null });
      const read = parseSandbox(JSON.parse(JSON.stringify(encodeSandbox(sandbox, form))));
      assertEquals(policyKey(resolvePolicy(read, host)), policyKey(resolvePolicy(sandbox, host)));
      assertEquals(read.profile.type, sandbox.profile.type);
      assertEquals(read.useLegacyLandlock, sandbox.useLegacyLandlock);
    });
  }
}

Deno.test("encodeSandbox() writes what each generation reads", () => {
  const sandbox = request(restricted("w :project_roots", "d /c d"), { cwd: "/w", workspaceRoots: ["/w", "/v"] });
  const level = { windowsSandboxLevel: "disabled", useLegacyLandlock: false };
  const permissions = (entries: unknown[]) => ({
    type: "managed",
    network: "enabled",
    file_system: { type: "restricted", entries, glob_scan_max_depth: 2 },
  });
  const context = { cwd: "file:///w", workspaceRoots: ["file:///w", "file:///v"] };
  assertEquals(encodeSandbox(sandbox, "uri"), {
    ...level,
    ...context,
    policyContext: context,
    permissions: permissions([
      { path: { type: "special", value: { kind: "project_roots" } }, access: "write" },
      { path: { type: "path", path: "file:///c%20d" }, access: "deny" },
    ]),
  });
  assertEquals(encodeSandbox(sandbox, "native"), {
    ...level,
    cwd: "/w",
    permissions: permissions([
      { path: { type: "path", path: "/w" }, access: "write" },
      { path: { type: "path", path: "/v" }, access: "write" },
      { path: { type: "path", path: "/c d" }, access: "none" },
    ]),
  });
  const fixed = encodeSandbox(request(restricted("r /a"), { cwd: "/w" }), "uri");
  assertEquals(Object.keys(fixed).sort(), ["permissions", "policyContext", "useLegacyLandlock", "windowsSandboxLevel"]);
});
