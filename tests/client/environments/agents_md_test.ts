import { assert, assertEquals, assertRejects } from "@std/assert";
import { type AgentsMdOptions, discoverAgentsMd } from "../../../client/environments/agents_md.ts";
import { instructionsText } from "../../../client/environments/instructions_text.ts";
import { RpcError } from "../../../protocol/mod.ts";
import { LocalFilesystem } from "../../../server/mod.ts";
import { tempDir } from "../../support/temp_dir.ts";
import { countingFilesystem } from "./counting_filesystem.ts";

/** Makes a tree (a name that ends in a slash is a directory) and finds the instructions for one of its directories. */
async function discover(
  tree: Readonly<Record<string, string | Uint8Array>>,
  cwd: string,
  options?: AgentsMdOptions,
): Promise<string[]> {
  await using dir = await tempDir();
  for (const [path, content] of Object.entries(tree)) {
    const full = `${dir.path}/${path}`;
    await Deno.mkdir(path.endsWith("/") ? full : full.replace(/\/[^/]*$/, ""), { recursive: true });
    if (path.endsWith("/")) continue;
    await Deno.writeFile(full, typeof content === "string" ? new TextEncoder().encode(content) : content);
  }
  await Deno.mkdir(`${dir.path}/${cwd}`, { recursive: true });
  const files = await discoverAgentsMd(new LocalFilesystem(), `${dir.path}/${cwd}`, options);
  return files.map(({ path, text }) => `${path.slice(dir.path.length + 1)}: ${text}`);
}

const PROJECT = {
  "p/.git/": "",
  "p/AGENTS.md": "ROOT",
  "p/a/AGENTS.md": "A",
  "p/a/b/AGENTS.md": "B",
  "AGENTS.md": "UP",
};

Deno.test("discoverAgentsMd: one file a directory, from the root of the project down, nothing above", async () => {
  assertEquals(await discover(PROJECT, "p/a/b"), ["p/AGENTS.md: ROOT", "p/a/AGENTS.md: A", "p/a/b/AGENTS.md: B"]);
  assertEquals(await discover(PROJECT, "p/a/b/missing/.."), [
    "p/AGENTS.md: ROOT",
    "p/a/AGENTS.md: A",
    "p/a/b/AGENTS.md: B",
  ]);
});

Deno.test("discoverAgentsMd: the nearest marker of any kind is the root", async () => {
  assertEquals(await discover({ ...PROJECT, "p/a/.git": "gitdir: x" }, "p/a/b"), [
    "p/a/AGENTS.md: A",
    "p/a/b/AGENTS.md: B",
  ]);
});

Deno.test("discoverAgentsMd: without a marker, or without any to look for, only the cwd counts", async () => {
  const { ".git/": _none, ...rest } = PROJECT as Record<string, string>;
  const unmarked = Object.fromEntries(Object.entries(rest).filter(([path]) => !path.includes(".git")));
  assertEquals(await discover(unmarked, "p/a", { rootMarkers: [".none-such"] }), ["p/a/AGENTS.md: A"]);
  assertEquals(await discover(PROJECT, "p/a", { rootMarkers: [] }), ["p/a/AGENTS.md: A"]);
});

Deno.test("discoverAgentsMd: markers can be chosen", async () => {
  const tree = { ...PROJECT, "p/a/package.json": "{}" };
  assertEquals(await discover(tree, "p/a/b", { rootMarkers: ["Cargo.toml", "package.json"] }), [
    "p/a/AGENTS.md: A",
    "p/a/b/AGENTS.md: B",
  ]);
});

Deno.test("discoverAgentsMd: the override wins, then AGENTS.md, then the fallbacks in order", async () => {
  const tree = {
    ".git/": "",
    "AGENTS.md": "no",
    "AGENTS.override.md": "OVERRIDE",
    "a/CLAUDE.md": "CLAUDE",
    "a/x.md": "no",
    "a/b/x.md": "X",
  };
  const fallbackFilenames = ["", "CLAUDE.md", "x.md", "CLAUDE.md", "AGENTS.md"];
  assertEquals(await discover(tree, "a/b", { fallbackFilenames }), [
    "AGENTS.override.md: OVERRIDE",
    "a/CLAUDE.md: CLAUDE",
    "a/b/x.md: X",
  ]);
});

Deno.test("discoverAgentsMd: a directory of the name is passed over, a link is followed", async () => {
  await using dir = await tempDir();
  await Deno.mkdir(`${dir.path}/AGENTS.override.md`);
  await Deno.mkdir(`${dir.path}/.git`);
  await Deno.writeTextFile(`${dir.path}/real`, "LINKED");
  await Deno.symlink(`${dir.path}/real`, `${dir.path}/AGENTS.md`);
  assertEquals(await discoverAgentsMd(new LocalFilesystem(), dir.path), [
    { path: `${dir.path}/AGENTS.md`, text: "LINKED" },
  ]);
});

Deno.test("discoverAgentsMd: the budget cuts a file at its byte and skips those behind", async () => {
  const tree = { ".git/": "", "AGENTS.md": "ROOT FILE", "a/AGENTS.md": "A OVERRIDE", "a/b/AGENTS.md": "B" };
  assertEquals(await discover(tree, "a/b", { maxBytes: 12 }), ["AGENTS.md: ROOT FILE", "a/AGENTS.md: A O"]);
  assertEquals(await discover(tree, "a/b", { maxBytes: 0 }), []);
  assertEquals((await discover({ ...tree, "AGENTS.md": "x".repeat(40_000) }, "a/b")).map((text) => text.length), [
    "AGENTS.md: ".length + 32_768,
  ]);
  assertEquals(await discover({ "AGENTS.md": "aä" }, "", { maxBytes: 2, rootMarkers: [] }), ["AGENTS.md: a\ufffd"]);
});

Deno.test("discoverAgentsMd: blank files are left out and cost nothing", async () => {
  const tree = { ".git/": "", "AGENTS.md": " \n \n", "a/AGENTS.md": "123" };
  assertEquals(await discover(tree, "a", { maxBytes: 3 }), ["a/AGENTS.md: 123"]);
});

Deno.test("discoverAgentsMd: what cannot be looked at is an error", async () => {
  await using dir = await tempDir();
  await Deno.writeTextFile(`${dir.path}/file`, "");
  const error = await assertRejects(() => discoverAgentsMd(new LocalFilesystem(), `${dir.path}/file/x`), RpcError);
  assertEquals(error.message, "Not a directory (os error 20)");
});

Deno.test("discoverAgentsMd: questions are on the way together, and chosen files only are read", async () => {
  await using dir = await tempDir();
  const deep = `${dir.path}/a/b/c/d/e/f`;
  await Deno.mkdir(deep, { recursive: true });
  await Deno.mkdir(`${dir.path}/.git`);
  await Deno.writeTextFile(`${deep}/AGENTS.md`, "DEEP");
  const { filesystem, calls, most } = countingFilesystem(new LocalFilesystem());
  assertEquals((await discoverAgentsMd(filesystem, deep)).map(({ text }) => text), ["DEEP"]);
  assert(most() >= 7, `at most ${most()} calls at once`);
  assertEquals(calls.filter((call) => call.startsWith("readFile")), [`readFile ${deep}/AGENTS.md`]);
});

const files = (...texts: string[]) => texts.map((text, i) => ({ path: `/${i}`, text }));

Deno.test("instructionsText: user and project, of the primary environment alone", () => {
  const primary = { environmentId: "remote", cwd: "/ws", files: files("ROOT", "A") };
  assertEquals(
    instructionsText(" USER \n", [primary]),
    "# AGENTS.md instructions for /ws\n\n<INSTRUCTIONS>\nUSER\n\n--- project-doc ---\n\nROOT\n\nA\n</INSTRUCTIONS>",
  );
  assertEquals(
    instructionsText(undefined, [primary, { environmentId: "b", cwd: "/b", files: [] }]),
    "# AGENTS.md instructions for /ws\n\n<INSTRUCTIONS>\nROOT\n\nA\n</INSTRUCTIONS>",
  );
  assertEquals(
    instructionsText("USER", [{ ...primary, files: [] }]),
    "# AGENTS.md instructions for /ws\n\n<INSTRUCTIONS>\nUSER\n</INSTRUCTIONS>",
  );
  assertEquals(instructionsText(" \n", [{ ...primary, files: [] }]), undefined);
  assertEquals(instructionsText(undefined, []), undefined);
});

Deno.test("instructionsText: with another environment each part says where it holds", () => {
  const projects = [
    { environmentId: "a", cwd: "/a", files: files("A1", "A2") },
    { environmentId: "b", cwd: "/b", files: files("B") },
    { environmentId: "c", cwd: "/c", files: [] },
  ];
  assertEquals(
    instructionsText("USER", projects),
    "# AGENTS.md instructions\n\n<INSTRUCTIONS>\nUSER\n\nfor `a` with root /a\n\nA1\n\nA2\n\nfor `b` with root /b\n\nB\n</INSTRUCTIONS>",
  );
});
