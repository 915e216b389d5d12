import { assertEquals, assertLess, assertThrows } from "@std/assert";
import { RpcError } from "../../protocol/mod.ts";
import { accessOf } from "../../sandbox/policy.ts";
import type { PermissionProfile } from "../../sandbox/profile.ts";
import { resolvePolicy, UNRESTRICTED_POLICY } from "../../sandbox/resolve.ts";
import { seededRandom } from "../protocol/random.ts";
import { FakeHost } from "./fake_host.ts";
import { entriesOf, resolve, type Situation } from "./profiles.ts";
import { pick, randomEntries, randomPath } from "./random_policies.ts";
import { modelAccess } from "./reference_model.ts";

const TREE = {
  "/w/sub": null,
  "/w/f": "",
  "/v": null,
  "/o/p": null,
  "/var/t": null,
  "/home/u": null,
  "/etc/passwd": "",
  "/usr/bin": null,
  "/bin": { link: "usr/bin" },
};

function metadata(root: string): string[] {
  return [".agents", ".aws", ".codex", ".git"].map((name) => `r ${root}/${name}`);
}

/** Sections 2.2, 2.3 and 2.4: what entries resolve to. */
const TABLE: [name: string, situation: Omit<Situation, "host">, entries: string[], resolved: string[]][] = [
  ["no entries", {}, [], []],
  ["root", {}, ["r :root"], ["r /"]],
  ["a read path", {}, ["r /w"], ["r /w"]],
  ["a write path", {}, ["w /w"], ["w /w", ...metadata("/w")]],
  ["a path that is not normalised", {}, ["r /w/../v//"], ["r /v"]],
  ["a file as read root", {}, ["r /w/f"], ["r /w/f"]],
  ["a file as write root", {}, ["w /w/f"], ["w /w/f"]],
  ["deny beside write", {}, ["w /w", "d /w"], ["d /w"]],
  ["write beside deny", {}, ["d /w", "w /w"], ["d /w"]],
  ["read and write", {}, ["r /w", "w /w"], ["w /w", ...metadata("/w")]],
  ["project_roots with workspace roots", { cwd: "/o", workspaceRoots: ["/w", "/v"] }, ["r :project_roots"], [
    "r /v",
    "r /w",
  ]],
  ["project_roots without workspace roots", { cwd: "/w" }, ["r :project_roots"], ["r /w"]],
  ["project_roots with an empty list", { cwd: "/w", workspaceRoots: [] }, ["r :project_roots"], []],
  ["a subpath", { cwd: "/w" }, ["r :project_roots/sub"], ["r /w/sub"]],
  ["an empty subpath", { cwd: "/w" }, ["r :project_roots/"], ["r /w"]],
  ["a write subpath with ..", { cwd: "/w" }, ["w :project_roots/../o"], []],
  ["a write subpath that is absolute", { cwd: "/w" }, ["w :project_roots//o"], []],
  ["a read subpath with ..", { cwd: "/w" }, ["r :project_roots", "r :project_roots/../o"], ["d /w"]],
  ["a read subpath with .", { cwd: "/w" }, ["r :project_roots/./sub"], ["d /w"]],
  ["a deny subpath that is absolute", { cwd: "/w" }, ["d :project_roots//o"], ["d /w"]],
  ["a bad deny subpath with two roots", { cwd: "/o", workspaceRoots: ["/w", "/v"] }, ["d :project_roots/.."], [
    "d /v",
    "d /w",
  ]],
  ["names with dots are clean", { cwd: "/w" }, ["d :project_roots/..a", "d :project_roots/.b"], [
    "d /w/..a",
    "d /w/.b",
  ]],
  ["slash_tmp", {}, ["w :slash_tmp"], ["w /tmp", ...metadata("/tmp")]],
  ["tmpdir", {}, ["w :tmpdir"], ["w /var/t", ...metadata("/var/t")]],
  ["unknown", {}, ["w :unknown"], []],
  ["a denied unknown", {}, ["r :root", "d :unknown"], ["r /"]],
  ["minimal, existing ones with their real paths", {}, ["r :minimal"], ["r /bin", "r /etc", "r /usr"]],
  ["minimal with write is read-only", {}, ["w :minimal"], ["r /bin", "r /etc", "r /usr"]],
  ["minimal denied has no effect", {}, ["r /w", "d :minimal"], ["r /w"]],
  ["defaults for file operations", { platformDefaults: true }, ["r /w"], ["r /bin", "r /etc", "r /usr", "r /w"]],
  ["no defaults where everything may be read", { platformDefaults: true }, ["r :root"], ["r /"]],
  ["defaults do not narrow", { platformDefaults: true }, ["w :root", "d /w"], [
    "w /",
    "r /.agents",
    "r /.aws",
    "r /.codex",
    "r /.git",
    "d /w",
  ]],
  ["defaults do not reopen", { platformDefaults: true }, ["d /usr", "d /etc"], ["r /bin", "d /etc", "d /usr"]],
  ["defaults stand beside a denied root", { platformDefaults: true }, ["d :root", "r /w"], [
    "d /",
    "r /bin",
    "r /etc",
    "r /usr",
    "r /w",
  ]],
  ["a missing read grant", {}, ["r /nope"], []],
  ["a missing write grant", {}, ["w /nope"], []],
  ["a missing deny", {}, ["r :root", "d /nope"], ["r /", "d /nope"]],
  ["a missing deny below a writable root", {}, ["w /w", "d /w/x/y"], ["w /w", ...metadata("/w"), "d /w/x/y"]],
  ["a missing read below a writable root", {}, ["w /w", "r /w/x/y"], ["w /w", ...metadata("/w"), "r /w/x/y"]],
  ["a missing write below a writable root", {}, ["w /w", "w /w/x"], ["w /w", ...metadata("/w"), "w /w/x"]],
  ["a missing write below a read one", {}, ["w /w", "r /w/sub", "w /w/sub/x"], ["w /w", ...metadata("/w"), "r /w/sub"]],
  ["a missing write below a missing read one", {}, ["w /w", "w /w/x/y", "r /w/x"], [
    "w /w",
    ...metadata("/w"),
    "r /w/x",
  ]],
  ["a missing path read and written", {}, ["w /w", "r /w/x", "w /w/x"], ["w /w", ...metadata("/w"), "w /w/x"]],
  ["a glob that reads or writes grants nothing", {}, ["r glob:/w/*", "w glob:/w/*"], []],
];

for (const [name, situation, entries, resolved] of TABLE) {
  Deno.test(`resolvePolicy() ${name}`, () => {
    const host = new FakeHost(TREE);
    host.tmpdir = "/var/t";
    assertEquals(entriesOf(resolve({ host, ...situation }, ...entries)).sort(), [...resolved].sort());
  });
}

Deno.test("resolvePolicy() gives tmpdir no meaning when it is unset, empty or relative", () => {
  const host = new FakeHost(TREE);
  for (const tmpdir of [undefined, "", "t", "./t"]) {
    host.tmpdir = tmpdir;
    assertEquals(entriesOf(resolve({ host }, "w :tmpdir")), []);
  }
});

Deno.test("resolvePolicy() takes /tmp only when it is a directory", () => {
  const host = new FakeHost({ "/tmp": "" });
  assertEquals(entriesOf(resolve({ host }, "r :slash_tmp")), []);
  host.put("/private/tmp", null);
  host.put("/tmp", { link: "private/tmp" });
  assertEquals(entriesOf(resolve({ host }, "r :slash_tmp")), ["r /private/tmp", "r /tmp"]);
});

Deno.test("resolvePolicy() restricts nothing for disabled, external and unrestricted profiles", () => {
  const unrestricted: PermissionProfile[] = [
    { type: "disabled" },
    { type: "external", network: "restricted" },
    { type: "managed", network: "restricted", fileSystem: { type: "unrestricted" } },
  ];
  const host = new FakeHost();
  for (const profile of unrestricted) assertEquals(resolvePolicy({ profile }, host), UNRESTRICTED_POLICY);
  assertEquals(host.asked, 0);
});

Deno.test("resolvePolicy() requires the cwd that a profile depends on", () => {
  for (const entry of ["r :project_roots", "d glob:*.env"]) {
    const error = assertThrows(() => resolve({ host: new FakeHost(), workspaceRoots: ["/w"] }, entry), RpcError);
    assertEquals([error.code, error.message], [
      -32602,
      "file system sandbox context with dynamic permissions requires cwd",
    ]);
  }
});

Deno.test("resolvePolicy() asks each question once, however many entries there are", () => {
  const entries = Array.from({ length: 64 }, (_, i) => `r /deep/er/n${i}`);
  const host = new FakeHost(Object.fromEntries(entries.map((entry) => [entry.slice(2), null])));
  resolve({ host }, ...entries);
  assertEquals(host.asked, 64 + 2);
});

Deno.test("resolvePolicy() grants exactly what the model of section 2.2 grants, metadata included", () => {
  const random = seededRandom(5);
  const names = ["a", "b", ".git", ".aws", "hooks"];
  const seen = { none: 0, read: 0, write: 0 };
  for (let i = 0; i < 4_000; i++) {
    const entries = randomEntries(random, 10, names);
    const host = new FakeHost(
      Object.fromEntries(entries.filter(({ path }) => path !== "/").map(({ path }) => [path, null])),
    );
    host.put("/x", null);
    const policy = resolve({ host }, ...entries.map(({ path, access }) => `${access[0]} ${path}`));
    // without a root entry of its own nothing is full
    assertEquals([policy.fullRead, policy.fullWrite], [false, false]);
    for (let j = 0; j < 25; j++) {
      const path = random() < 0.2 && entries.length > 0
        ? `${pick(random, entries).path}/.git`
        : randomPath(random, 5, names);
      const asked = path.replace(/^\/\//, "/");
      const access = accessOf(policy, asked);
      const expected = modelAccess({ entries, denyGlobs: [], protectsMetadata: true }, asked);
      assertEquals(access, expected, `${asked} under ${JSON.stringify(entries)}`);
      seen[access]++;
    }
  }
  for (const count of Object.values(seen)) assertLess(5_000, count);
});

Deno.test("resolvePolicy() is the same for the same entries in any order", () => {
  const random = seededRandom(6);
  for (let i = 0; i < 500; i++) {
    const entries = randomEntries(random, 8).map(({ path, access }) => `${access[0]} ${path}`);
    const host = new FakeHost(TREE);
    for (const entry of entries) if (random() < 0.7 && entry.slice(2) !== "/") host.put(entry.slice(2), null);
    const shuffled = entries.map((entry) => ({ entry, at: random() })).sort((a, b) => a.at - b.at).map(({ entry }) =>
      entry
    );
    assertEquals(resolve({ host }, ...shuffled), resolve({ host }, ...entries));
  }
});
