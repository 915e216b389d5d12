import { assertEquals, assertThrows } from "@std/assert";
import { RpcError } from "../../protocol/mod.ts";
import { accessOf } from "../../sandbox/policy.ts";
import { FakeHost } from "./fake_host.ts";
import { resolve, type Situation } from "./profiles.ts";

/** Sections 1.3 and 2.5: where a pattern is taken from. */
const TABLE: [name: string, pattern: string, situation: Omit<Situation, "host">, globs: string[]][] = [
  ["absolute", "/w/**/*.env", {}, ["/w/**/*.env"]],
  ["relative to the cwd", "*.env", { cwd: "/w" }, ["/w/*.env"]],
  ["relative to the cwd, not to workspace roots", "*.env", { cwd: "/w", workspaceRoots: ["/v"] }, ["/w/*.env"]],
  ["relative to a cwd with metacharacters", "*.env", { cwd: "/w/[id]*" }, ["/w/\\[id\\]\\*/*.env"]],
  ["home", "~/.ssh/*", { cwd: "/w" }, ["/home/u/.ssh/*"]],
  ["home itself", "~", { cwd: "/w" }, ["/home/u"]],
  ["a name that begins with a tilde", "~x/*", { cwd: "/w" }, ["/w/~x/*"]],
  ["every workspace root", "codex-project-roots://**/k", { cwd: "/w", workspaceRoots: ["/v", "/w"] }, [
    "/v/**/k",
    "/w/**/k",
  ]],
  ["the cwd without workspace roots", "codex-project-roots://k", { cwd: "/w" }, ["/w/k"]],
  ["no workspace root", "codex-project-roots://k", { cwd: "/w", workspaceRoots: [] }, []],
  ["dots", "../v/./x//*.env", { cwd: "/w" }, ["/v/x/*.env"]],
  ["behind a link", "/link/*.env", {}, ["/link/*.env", "/real/*.env"]],
  ["with a link as its whole", "/link", {}, ["/link", "/real"]],
  ["behind a missing directory", "/link/no/*.env", {}, ["/link/no/*.env", "/real/no/*.env"]],
  ["from the root, which the original cannot", "/**/x", {}, ["/**/x"]],
  ["without metacharacters, which the original cannot", "/w/secret", {}, ["/w/secret"]],
  ["escaped braces", "/w/\\{a\\}", {}, ["/w/\\{a\\}"]],
];

for (const [name, pattern, situation, globs] of TABLE) {
  Deno.test(`deny globs: ${name}`, () => {
    const host = new FakeHost({ "/real": null, "/link": { link: "real" }, "/w": null });
    assertEquals(resolve({ host, ...situation }, "r :root", `d glob:${pattern}`).denyGlobs, globs);
  });
}

Deno.test("deny globs: what cannot be enforced as it is meant is refused", () => {
  const table: [pattern: string, home: string | undefined, reason: string][] = [
    ["/w/{a,b", "/home/u", "braces have no meaning in it"],
    ["/w/{a,b}", "/home/u", "braces have no meaning in it"],
    ["/w/*/../x", "/home/u", "`..` follows a wildcard"],
    ["~/x", undefined, "this host has no home directory"],
    ["~/x", "relative", "this host has no home directory"],
  ];
  for (const [pattern, home, reason] of table) {
    const host = new FakeHost();
    host.home = home;
    const error = assertThrows(() => resolve({ host, cwd: "/w" }, `d glob:${pattern}`), RpcError);
    assertEquals([error.code, error.message], [
      -32603,
      `unreadable glob \`${pattern}\` cannot be safely expanded: ${reason}`,
    ]);
  }
});

Deno.test("deny globs: patterns that read or write are not looked at", () => {
  assertEquals(resolve({ host: new FakeHost() }, "r glob:/w/{a", "w glob:/w/{a").denyGlobs, []);
});

Deno.test("deny globs: they hold at access time, at any depth, and below what they match", () => {
  const host = new FakeHost({ "/w": null });
  const policy = resolve({ host }, "r :root", "w /w", "d glob:/w/**/*.env");
  const table: Record<string, string> = {
    "/w/a.env": "none",
    "/w/.h/.env": "none",
    "/w/created/later/b.env": "none",
    "/w/dir.env/inside": "none",
    "/w/a.txt": "write",
    "/o/a.env": "read",
  };
  for (const [path, access] of Object.entries(table)) assertEquals(accessOf(policy, path), access, path);
});
