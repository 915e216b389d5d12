import { assert, assertEquals, assertLess } from "@std/assert";
import { compileGlob, escapeName, literalName } from "../../sandbox/glob.ts";
import { seededRandom } from "../protocol/random.ts";
import { randomGlob, randomPath } from "./random_policies.ts";
import { globRegex } from "./reference_model.ts";

/** Patterns with paths they match, and paths they do not. */
const TABLE: [pattern: string, matches: string[], misses: string[]][] = [
  ["/r/*.env", ["/r/a.env", "/r/.env", "/r/a.env/below/x"], ["/r/s/b.env", "/r/a.envx", "/r", "/", "/x/a.env"]],
  ["/r/**/*.env", ["/r/a.env", "/r/s/b.env", "/r/s/t/.env", "/r/d.env/x"], ["/r/a.txt", "/x/a.env", "/r"]],
  ["/**/x", ["/x", "/a/x", "/a/b/x/y"], ["/", "/a", "/xx"]],
  ["/r/**", ["/r/a", "/r/a/b"], ["/r", "/ra"]],
  ["/r/**/**", ["/r/a", "/r/a/b"], ["/r"]],
  ["/**", ["/a", "/a/b"], ["/"]],
  ["/", ["/", "/a"], []],
  ["/r/plain", ["/r/plain", "/r/plain/x"], ["/r/plainer", "/r"]],
  ["/r/plain/", ["/r/plain", "/r/plain/x"], ["/r/plainer", "/r"]],
  ["/r/?", ["/r/a", "/r/é", "/r/😀", "/r/a/b"], ["/r/ab", "/r"]],
  ["/r/k[0-9]?.key", ["/r/k1a.key"], ["/r/kxa.key", "/r/k1.key"]],
  ["/r/[!a-c]", ["/r/d", "/r/😀"], ["/r/a", "/r/c", "/r/dd"]],
  ["/r/[^a]", ["/r/b"], ["/r/a"]],
  ["/r/[]a]", ["/r/]", "/r/a"], ["/r/b"]],
  ["/r/[!]a]", ["/r/b"], ["/r/]", "/r/a"]],
  ["/r/[a-]", ["/r/a", "/r/-"], ["/r/b"]],
  ["/r/[c-a]", ["/r/b"], ["/r/d"]],
  ["/r/[\\]]", ["/r/]"], ["/r/\\"]],
  ["/r/[a", ["/r/[a"], ["/r/a"]],
  ["/r/a]", ["/r/a]"], ["/r/a"]],
  ["/r/[a/b]", ["/r/[a/b]"], ["/r/a", "/r/b"]],
  ["/r/\\*", ["/r/*"], ["/r/a"]],
  ["/r/\\[a\\]", ["/r/[a]"], ["/r/a"]],
  ["/r/a\\", ["/r/a\\"], ["/r/a"]],
  ["/r\\/a", ["/r/a"], ["/r\\/a"]],
  ["/r/a**b", ["/r/ab", "/r/axb"], ["/r/a/b", "/r/a/x/b"]],
  ["/r/**a", ["/r/a", "/r/xa"], ["/r/x/a"]],
  ["/r/*/c", ["/r/x/c"], ["/r/c", "/r/x/y/c"]],
  ["/r/a*b*c", ["/r/abc", "/r/axbxbxc"], ["/r/axcxb"]],
  ["/r/**/a/**/b", ["/r/a/b", "/r/x/a/y/z/b/q", "/r/a/a/b"], ["/r/b/a", "/r/a"]],
  ["/r/A", ["/r/A"], ["/r/a"]],
  ["/r/{a,b}", ["/r/{a,b}"], ["/r/a"]],
  ["/r/*\n", ["/r/a\n"], ["/r/a"]],
];

for (const [pattern, matches, misses] of TABLE) {
  Deno.test(`compileGlob() ${JSON.stringify(pattern)}`, () => {
    const glob = compileGlob(pattern);
    for (const path of matches) assert(glob.matches(path), `must match ${path}`);
    for (const path of misses) assert(!glob.matches(path), `must not match ${path}`);
  });
}

Deno.test("compileGlob() agrees with regular expressions on random patterns", () => {
  const random = seededRandom(3);
  let matched = 0;
  for (let i = 0; i < 20_000; i++) {
    const pattern = randomGlob(random);
    const glob = compileGlob(pattern);
    for (let j = 0; j < 5; j++) {
      const path = randomPath(random);
      const above = [path];
      while (above.at(-1) !== "/") above.push((above.at(-1) as string).replace(/\/[^/]*$/, "") || "/");
      const expected = above.some((candidate) => globRegex(pattern).test(candidate));
      assertEquals(glob.matches(path), expected, `${pattern} on ${path}`);
      if (expected) matched++;
    }
  }
  assertLess(5_000, matched);
});

Deno.test("compileGlob() takes bounded time for patterns made to be slow", () => {
  const started = performance.now();
  const stars = compileGlob(`/r/${"*a".repeat(30)}*b`);
  assert(!stars.matches(`/r/${"a".repeat(255)}`));
  const deep = compileGlob(`/r${"/**/a".repeat(30)}/b`);
  assert(!deep.matches(`/r${"/a".repeat(1000)}`));
  assertLess(performance.now() - started, 1000);
});

Deno.test("escapeName() makes a name stand for itself", () => {
  for (const name of ["a", "*", "[id]", "a?b", "\\", "{x}", "]"]) {
    assertEquals(literalName(escapeName(name)), name);
    assert(compileGlob(`/${escapeName(name)}`).matches(`/${name}`));
  }
});
