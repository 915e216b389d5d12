import { assertEquals, assertThrows } from "@std/assert";
import { type ListedName, matchDenyGlobs } from "../../../sandbox/process/match_deny_globs.ts";
import { FakeHost, type FakeNode } from "../fake_host.ts";
import { resolve } from "../profiles.ts";

const TREE: Readonly<Record<string, FakeNode>> = {
  "/w/a.env": "",
  "/w/note": "",
  "/w/s/b.env": "",
  "/w/s/.h/.env": "",
  "/w/s/deep/er/c.env": "",
  "/w/d.env/inner": "",
  "/w/link.env": { link: "note" },
  "/w/dirlink": { link: "s" },
  "/o/x.env": "",
};

function lister(host: FakeHost) {
  return (directory: string): ListedName[] =>
    [...host.nodes.keys()].filter((path) => path.slice(0, path.lastIndexOf("/")) === directory).map((path) => {
      const kind = host.lstat(path)?.kind;
      return {
        name: path.slice(directory.length + 1),
        isDirectory: kind === "directory",
        isLink: kind === "link",
      };
    });
}

const TABLE: [entries: string[], depth: number | undefined, found: string[]][] = [
  [["r :root", "d glob:/w/*.env"], undefined, ["/w/a.env", "/w/d.env"]],
  [["r :root", "d glob:/w/**/*.env"], undefined, [
    "/w/a.env",
    "/w/d.env",
    "/w/s/.h/.env",
    "/w/s/b.env",
    "/w/s/deep/er/c.env",
  ]],
  [["r :root", "d glob:/w/**/*.env"], 1, ["/w/a.env", "/w/d.env"]],
  [["r :root", "d glob:/w/**/*.env"], 2, ["/w/a.env", "/w/d.env", "/w/s/b.env"]],
  [["r :root", "d glob:/w/s/?.env"], undefined, ["/w/s/b.env"]],
  [["r :root", "d glob:/w/note"], undefined, ["/w/note"]],
  [["r :root", "d glob:/gone/**/x"], undefined, []],
  // nothing of it could be seen anyway
  [["r /w", "d glob:/o/*"], undefined, []],
  [["r /w/s", "d glob:/w/**/*.env"], undefined, ["/w/s/.h/.env", "/w/s/b.env", "/w/s/deep/er/c.env"]],
];
for (const [entries, depth, expected] of TABLE) {
  Deno.test(`matchDenyGlobs() ${entries.join(", ")}${depth === undefined ? "" : ` depth ${depth}`}`, () => {
    const host = new FakeHost(TREE);
    assertEquals(matchDenyGlobs(resolve({ host }, ...entries), depth, lister(host)), expected);
  });
}

Deno.test("matchDenyGlobs() refuses to search the whole disk", () => {
  const host = new FakeHost(TREE);
  const policy = resolve({ host }, "r :root", "d glob:/**/x");
  assertThrows(() => matchDenyGlobs(policy, undefined, lister(host)), Error, "use a pattern with a non-root directory");
});

Deno.test("matchDenyGlobs() refuses too many matches, and too much to look at", () => {
  const host = new FakeHost(TREE);
  const policy = resolve({ host }, "r :root", "d glob:/w/**/*.env");
  const many = (count: number, end: string) => (directory: string): ListedName[] =>
    directory === "/w"
      ? Array.from({ length: count }, (_, i) => ({ name: `${i}${end}`, isDirectory: false, isLink: false }))
      : [];
  assertEquals(matchDenyGlobs(policy, undefined, many(8192, ".env")).length, 8192);
  assertThrows(() => matchDenyGlobs(policy, undefined, many(8193, ".env")), Error, "matched more than 8192 paths");
  assertThrows(() => matchDenyGlobs(policy, undefined, many(100_001, "")), Error, "more than 100000 names");
});
