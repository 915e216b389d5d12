import { assertEquals, assertThrows } from "@std/assert";
import { LIMITS, RpcError } from "../../protocol/mod.ts";
import { parseSandbox } from "../../sandbox/parse_sandbox.ts";
import { resolvePolicy } from "../../sandbox/resolve.ts";
import { FakeHost } from "./fake_host.ts";

const path = (path: string) => ({ path: { type: "path", path }, access: "read" });
const glob = (pattern: string) => ({ path: { type: "glob_pattern", pattern }, access: "deny" });
const roots = (count: number) => Array.from({ length: count }, (_, i) => `/r${i}`);

function context(entries: unknown[], workspaceRoots: string[] = []) {
  const permissions = { type: "managed", network: "restricted", file_system: { type: "restricted", entries } };
  return { permissions, cwd: "/r", workspaceRoots, windowsSandboxLevel: "disabled" };
}

function refusal(run: () => unknown): string {
  const { code, message } = assertThrows(run, RpcError);
  return `${code} ${message}`;
}

Deno.test("parseSandbox: as many entries, globs and roots as may be, and not one more", () => {
  const { maxProfileEntries, maxGlobLength, maxWorkspaceRoots } = LIMITS;
  parseSandbox(context(Array.from({ length: maxProfileEntries }, (_, i) => path(`/${i}`))));
  parseSandbox(context([glob("x".repeat(maxGlobLength))], roots(maxWorkspaceRoots)));
  const entries = "-32602 params.sandbox.permissions.file_system.entries";
  const refused = [
    refusal(() => parseSandbox(context(Array.from({ length: maxProfileEntries + 1 }, (_, i) => path(`/${i}`))))),
    refusal(() => parseSandbox(context([glob("x".repeat(maxGlobLength + 1))]))),
    refusal(() => parseSandbox(context([], roots(maxWorkspaceRoots + 1)))),
  ];
  assertEquals(refused.map((text) => text.split(":")[0]), [
    entries,
    `${entries}.0.path.pattern`,
    "-32602 params.sandbox.workspaceRoots",
  ]);
});

Deno.test("resolvePolicy: what workspace roots multiply is bounded, too", () => {
  const globs = Array.from({ length: 20 }, (_, i) => glob(`codex-project-roots://${i}`));
  const special = { path: { type: "special", value: { kind: "project_roots" } }, access: "read" };
  const many = roots(LIMITS.maxWorkspaceRoots);
  const resolve = (entries: unknown[], workspaceRoots: string[]) =>
    resolvePolicy(parseSandbox(context(entries, workspaceRoots)), new FakeHost());
  assertEquals(resolve(globs, roots(2)).denyGlobs.length, 40);
  assertEquals(
    refusal(() => resolve(globs, many)),
    `-32602 params.sandbox: too many deny globs with all workspace roots: 1280, at most ${LIMITS.maxDenyGlobs}`,
  );
  assertEquals(
    refusal(() => resolve(Array.from({ length: 20 }, () => special), many)),
    `-32602 params.sandbox: too many entries with all workspace roots: 1280, at most ${LIMITS.maxProfileEntries}`,
  );
});
