import { assertEquals } from "@std/assert";
import type { EnvPolicy } from "../../../protocol/mod.ts";
import { childEnvironment } from "../../../server/process/env_policy.ts";

const SERVER = {
  HOME: "/h",
  PATH: "/p",
  user: "u",
  TERM: "xterm",
  API_KEY: "k",
  MONKEY: "m",
  my_token: "t",
  LC_TIME: "C",
};

function policy(overrides: Partial<EnvPolicy> = {}): EnvPolicy {
  return { inherit: "none", ignoreDefaultExcludes: true, exclude: [], set: {}, includeOnly: [], ...overrides };
}

function names(overrides: Partial<EnvPolicy> | null, overlay: Record<string, string> = {}): string[] {
  return [...childEnvironment(SERVER, overrides === null ? null : policy(overrides), overlay).keys()].sort();
}

Deno.test("childEnvironment: without a policy the child has the overlay only", () => {
  assertEquals(names(null, { A: "1" }), ["A"]);
});

Deno.test("childEnvironment: all inherits everything, core a fixed list in any case", () => {
  assertEquals(names({ inherit: "all" }), Object.keys(SERVER).sort());
  assertEquals(names({ inherit: "core" }), ["HOME", "PATH", "user"]);
});

Deno.test("childEnvironment: default excludes drop names that look like secrets", () => {
  assertEquals(names({ inherit: "all", ignoreDefaultExcludes: false }), ["HOME", "LC_TIME", "PATH", "TERM", "user"]);
});

Deno.test("childEnvironment: exclude is applied before set, includeOnly after it, neither to the overlay", () => {
  assertEquals(names({ inherit: "all", exclude: ["h?me", "*_*"], set: { EXTRA_1: "1" } }), [
    "EXTRA_1",
    "MONKEY",
    "PATH",
    "TERM",
    "user",
  ]);
  assertEquals(names({ set: { A: "1", FOO: "2" }, includeOnly: ["f?o"] }, { B: "2" }), ["B", "FOO"]);
});

Deno.test("childEnvironment: patterns have no meaning but * and ?", () => {
  assertEquals(names({ set: { "[ab]": "1", a: "2", "a.c": "3", abc: "4" }, includeOnly: ["[ab]", "a.c"] }), [
    "[ab]",
    "a.c",
  ]);
  assertEquals(names({ set: { A: "1" }, includeOnly: [""] }), []);
});

Deno.test("childEnvironment: the overlay wins, but the server's own switch never reaches a child", () => {
  const env = childEnvironment(SERVER, policy({ inherit: "all", set: { HOME: "/set" } }), {
    HOME: "/mine",
    CODEX_EXEC_SERVER_EXIT_ON_STDIN_CLOSE: "true",
  });
  assertEquals(env.get("HOME"), "/mine");
  assertEquals(env.has("CODEX_EXEC_SERVER_EXIT_ON_STDIN_CLOSE"), false);
});
