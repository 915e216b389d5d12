import { assertEquals, assertThrows } from "@std/assert";
import { RpcError } from "../../protocol/mod.ts";
import { gitdirOf } from "../../sandbox/protected_metadata.ts";
import { accessOf } from "../../sandbox/policy.ts";
import { FakeHost, type FakeNode } from "./fake_host.ts";
import { entriesOf, resolve } from "./profiles.ts";

function readOnlyIn(tree: Record<string, FakeNode>, ...entries: string[]): string[] {
  const host = new FakeHost(tree);
  host.tmpdir = "/var/t";
  return entriesOf(resolve({ host, cwd: "/w" }, ...entries)).filter((entry) => entry.startsWith("r "));
}

const ALL = (root: string) => [".agents", ".aws", ".codex", ".git"].map((name) => `r ${root}/${name}`);

/** Section 2.6: names directly below every writable root. */
const TABLE: [name: string, tree: Record<string, FakeNode>, entries: string[], readOnly: string[]][] = [
  ["missing ones", { "/w": null }, ["w /w"], ALL("/w")],
  ["existing ones", { "/w/.git/HEAD": "", "/w/.codex": null }, ["w /w"], ALL("/w")],
  ["of project roots", { "/w": null }, ["w :project_roots"], ALL("/w")],
  ["of /tmp", {}, ["w :slash_tmp"], ALL("/tmp")],
  ["of tmpdir", { "/var/t": null }, ["w :tmpdir"], ALL("/var/t")],
  ["of nested roots", { "/w/s": null }, ["w /w", "w /w/s"], [...ALL("/w"), ...ALL("/w/s")]],
  ["of the root directory when it is narrowed", { "/x": null }, ["w :root", "r /x"], [
    ...[".agents", ".aws", ".codex", ".git"].map((name) => `r /${name}`),
    "r /x",
  ]],
  ["not of read-only roots", { "/w": null }, ["r /w"], ["r /w"]],
  ["not of denied roots", { "/w": null }, ["w /w", "d /w"], []],
  ["not of files", { "/w/f": "" }, ["w /w/f"], []],
  ["not what is written explicitly", { "/w/.git": null }, ["w /w", "w /w/.git"], [
    "r /w/.agents",
    "r /w/.aws",
    "r /w/.codex",
    ...ALL("/w/.git"),
  ]],
  ["not what is written explicitly and missing", { "/w": null }, ["w /w", "w /w/.aws"], [
    "r /w/.agents",
    "r /w/.codex",
    "r /w/.git",
  ]],
  ["not what is denied", { "/w": null }, ["w /w", "d /w/.git"], ["r /w/.agents", "r /w/.aws", "r /w/.codex"]],
];

for (const [name, tree, entries, readOnly] of TABLE) {
  Deno.test(`protectMetadata() ${name}`, () => assertEquals(readOnlyIn(tree, ...entries), readOnly));
}

Deno.test("protectMetadata() leaves the rest of a root writable", () => {
  const host = new FakeHost({ "/w": null });
  const policy = resolve({ host }, "w /w", "w /w/.git/hooks");
  const table: Record<string, string> = {
    "/w/.git/config": "read",
    "/w/.git": "read",
    "/w/sub/.git/config": "write",
    "/w/.GIT": "write",
    "/w/.gitignore": "write",
    "/w/.github/x": "write",
  };
  for (const [path, access] of Object.entries(table)) assertEquals(accessOf(policy, path), access, path);
});

Deno.test("protectMetadata() lets an explicit write below a protected name through", () => {
  const host = new FakeHost({ "/w/.git/hooks": null });
  const policy = resolve({ host }, "r :root", "w /w", "w /w/.git/hooks");
  assertEquals(accessOf(policy, "/w/.git/hooks/x"), "write");
  assertEquals(accessOf(policy, "/w/.git/HEAD"), "read");
  // a hooks directory is a writable root like others
  assertEquals(accessOf(policy, "/w/.git/hooks/.git"), "read");
});

Deno.test("protectMetadata() refuses a protected name that is a link", () => {
  for (const name of [".git", ".agents", ".codex", ".aws"]) {
    for (const target of ["elsewhere", "/o", "/nowhere"]) {
      const host = new FakeHost({ "/w/elsewhere": null, "/o": null, [`/w/${name}`]: { link: target } });
      const error = assertThrows(() => resolve({ host }, "r :root", "w /w"), RpcError);
      assertEquals([error.code, error.message], [
        -32603,
        `cannot enforce sandbox read-only path /w/${name} because it crosses writable symlink /w/${name}`,
      ]);
      resolve({ host }, "r :root", "r /w");
    }
  }
});

/** Section 1.8: the repository a `.git` pointer file leads to. */
const POINTERS: [name: string, text: string, tree: Record<string, FakeNode>, entries: string[], more: string[]][] = [
  ["inside the root", "gitdir: ./realgit\n", { "/w/realgit": null }, ["w /w"], ["r /w/realgit"]],
  ["absolute", "gitdir: /w/realgit", { "/w/realgit": null }, ["w /w"], ["r /w/realgit"]],
  ["without a space", "gitdir:realgit", { "/w/realgit": null }, ["w /w"], ["r /w/realgit"]],
  ["with more space", " gitdir :  realgit \n", { "/w/realgit": null }, ["w /w"], ["r /w/realgit"]],
  ["with a colon in it", "gitdir: a:b", { "/w/a:b": null }, ["w /w"], ["r /w/a:b"]],
  ["through a link outside", "gitdir: /l/x", { "/l": { link: "/w/d" }, "/w/d/x": null }, ["w /w"], ["r /w/d/x"]],
  ["in another writable root", "gitdir: ../v/g", { "/v/g": null }, ["w /w", "w /v"], [...ALL("/v"), "r /v/g"]],
  ["outside: granted nothing", "gitdir: /o/g", { "/o/g": null }, ["w /w"], []],
  ["outside and readable: nothing changes", "gitdir: /o/g", { "/o/g": null }, ["w /w", "r /o"], ["r /o"]],
  ["outside and denied: stays denied", "gitdir: /o/g", { "/o/g": null }, ["w /w", "w /o", "d /o/g"], ALL("/o")],
  ["missing", "gitdir: ./realgit", {}, ["w /w"], []],
  ["written explicitly", "gitdir: g", { "/w/g": null }, ["w /w", "w /w/g"], ALL("/w/g")],
  ["the root itself", "gitdir: .", {}, ["w /w"], []],
  ["malformed", "realgit", { "/w/realgit": null }, ["w /w"], []],
  ["of another kind", "worktree: realgit", { "/w/realgit": null }, ["w /w"], []],
  ["empty", "gitdir:", {}, ["w /w"], []],
];

for (const [name, text, tree, entries, more] of POINTERS) {
  Deno.test(`protectMetadata() with a gitdir pointer ${name}`, () => {
    const expected = [...ALL("/w"), ...more].sort();
    assertEquals(readOnlyIn({ "/w/.git": text, ...tree }, ...entries).sort(), expected);
  });
}

Deno.test("protectMetadata() refuses a pointer through a link in a writable root", () => {
  const host = new FakeHost({ "/w/.git": "gitdir: l/g", "/w/l": { link: "d" }, "/w/d/g": null });
  const text = "read-only path /w/l/g because it crosses writable symlink /w/l";
  assertThrows(() => resolve({ host }, "w /w"), RpcError, text);
});

Deno.test("gitdirOf() reads regular files only", () => {
  assertEquals(gitdirOf("/w", new FakeHost({ "/w/.git": null })), undefined);
  assertEquals(gitdirOf("/w", new FakeHost({ "/w/.git": { link: "x" }, "/w/x": "gitdir: y" })), undefined);
  assertEquals(gitdirOf("/w", new FakeHost({ "/w/.git": "gitdir: ../g/../h" })), "/h");
});
