import { assertEquals, assertThrows } from "@std/assert";
import { RpcError } from "../../protocol/mod.ts";
import { FakeHost, type FakeNode } from "./fake_host.ts";
import { entriesOf, resolve } from "./profiles.ts";

const TREE: Record<string, FakeNode> = {
  "/real/sub": null,
  "/real/ro": null,
  "/link": { link: "/real" },
  "/alias": { link: "link" },
  "/w/out": { link: "../o" },
  "/w/in": { link: "d" },
  "/w/d": null,
  "/o/x": null,
  "/loop": { link: "loop" },
  "/dangling": { link: "/nowhere/x" },
};

function metadata(root: string): string[] {
  return [".agents", ".aws", ".codex", ".git"].map((name) => `r ${root}/${name}`);
}

/** Section 2.3: links outside every writable root are followed; the way to what is granted stays open. */
const TABLE: [name: string, entries: string[], resolved: string[]][] = [
  ["a read root", ["r /link"], ["r /link", "r /real"]],
  ["a write root", ["w /link"], ["r /link", "w /real", ...metadata("/real")]],
  ["a chain of links", ["r /alias"], ["r /alias", "r /link", "r /real"]],
  ["a path behind a link", ["r /link/sub"], ["r /link/sub", "r /real/sub"]],
  ["a denied path behind a link", ["r :root", "d /link/sub"], ["r /", "d /link/sub", "d /real/sub"]],
  ["a missing denied path behind a link", ["r :root", "d /link/no"], ["r /", "d /link/no", "d /real/no"]],
  ["a read path in a writable root that is a link", ["w /link", "r /link/ro"], [
    "r /link",
    "w /real",
    "r /real/ro",
    ...metadata("/real"),
  ]],
  ["a denied path in a writable root, by its real name", ["w /link", "d /real/ro"], [
    "r /link",
    "w /real",
    "d /real/ro",
    ...metadata("/real"),
  ]],
  ["with the root readable nothing needs opening", ["r :root", "r /link"], ["r /", "r /real"]],
  ["the written way of a grant stays open below a deny", ["d :root", "r /alias"], ["d /", "r /alias", "r /real"]],
  ["a denied alias stays denied", ["r /link", "d /link"], ["d /link", "d /real"]],
  ["a loop is missing", ["r /loop"], []],
  ["a dangling link is missing", ["w /dangling"], []],
];

for (const [name, entries, resolved] of TABLE) {
  Deno.test(`resolvePolicy() with links: ${name}`, () => {
    assertEquals(entriesOf(resolve({ host: new FakeHost(TREE) }, ...entries)), [...resolved].sort(byPath));
  });
}

function byPath(a: string, b: string): number {
  return a.slice(2) < b.slice(2) ? -1 : 1;
}

/** Section 2.3: what whoever the policy holds could redirect is refused. */
const REFUSED: [name: string, entries: string[], text: string][] = [
  ["deny through a link", ["w /w", "d /w/out/x"], "deny-read path /w/out/x because it crosses writable symlink /w/out"],
  ["deny of a link", ["w /w", "d /w/in"], "deny-read path /w/in because it crosses writable symlink /w/in"],
  ["read through a link", ["w /w", "r /w/in/s"], "read-only path /w/in/s because it crosses writable symlink /w/in"],
  ["a write that leads out", ["w /w", "w /w/out"], "write path /w/out because it crosses writable symlink /w/out"],
  ["by the real name of the root", ["w /link", "d /real/l/x"], "deny-read path /real/l/x because it crosses writable"],
  ["by the name of a linked root", ["w /real", "d /link/l/x"], "deny-read path /link/l/x because it crosses writable"],
  ["a glob behind a link", ["w /w", "d glob:/w/out/*.env"], "deny-read path /w/out/*.env because it crosses writable"],
  ["everything, with the root writable", ["w :root", "d /link/sub"], "deny-read path /link/sub because it crosses"],
];

for (const [name, entries, text] of REFUSED) {
  Deno.test(`resolvePolicy() refuses what depends on a writable link: ${name}`, () => {
    const host = new FakeHost({ ...TREE, "/real/l": { link: "/o" } });
    const error = assertThrows(() => resolve({ host }, ...entries), RpcError, `cannot enforce sandbox ${text}`);
    assertEquals(error.code, -32603);
  });
}

Deno.test("resolvePolicy() takes a link in a writable root that leads to what is writable anyway", () => {
  const host = new FakeHost(TREE);
  assertEquals(entriesOf(resolve({ host }, "w /w", "w /w/in")), ["w /w", ...metadata("/w")]);
});

Deno.test("resolvePolicy() does not open a denied place for the way through a chain", () => {
  const host = new FakeHost({ ...TREE, "/secret/hop": { link: "/real" }, "/start": { link: "/secret/hop" } });
  const resolved = entriesOf(resolve({ host }, "d /secret", "r /start"));
  assertEquals(resolved, ["r /real", "d /secret", "r /start"]);
});
