import { assert, assertEquals } from "@std/assert";
import { startExecutor, startRegistry } from "../server/registry/support.ts";
import { startServer } from "../support/test_server.ts";
import { type CodeBlock, codeBlocks } from "./code_blocks.ts";
import { exampleFolder } from "./example_folder.ts";

const EXAMPLES = new URL("../../docs/examples.md", import.meta.url);
const README = new URL("../../README.md", import.meta.url);

/** Puts what is here in the place of what the page names: the server, and the folder of a user. */
function localized(text: string, url: string, project: string): string {
  return text.replaceAll("ws://127.0.0.1:7810", url).replaceAll("/home/me/project", project);
}

Deno.test("docs/examples.md: every block runs and prints what the page says", async () => {
  await using server = await startServer();
  await using folder = await exampleFolder();
  const project = `${folder.path}/project`;
  await Deno.mkdir(project);
  const blocks = codeBlocks(await Deno.readTextFile(EXAMPLES));
  const programs = blocks.filter(({ language, flags }) => language === "ts" && !flags.includes("ignore"));
  assertEquals(await folder.check(programs.map(({ code }) => code)), { code: 0, stdout: "", stderr: "" });
  let run = 0;
  for (const [i, block] of blocks.entries()) {
    if (block.flags.includes("ignore") || block.language === "text") continue;
    const code = localized(block.code, server.url, project);
    if (block.language === "toml") {
      await Deno.writeTextFile(`${folder.path}/codex/environments.toml`, code);
      continue;
    }
    assert(["ts", "sh"].includes(block.language), `line ${block.line}: ${block.language} cannot be run`);
    const result = await (block.language === "ts" ? folder.typescript(code) : folder.shell(code));
    const expected = blocks[i + 1] as CodeBlock;
    assertEquals(expected.language, "text", `line ${block.line}: the page does not say what it prints`);
    assertEquals(
      { ...result, stderr: result.stderr.trim() },
      { code: 0, stdout: localized(expected.code, server.url, project), stderr: "" },
      `line ${block.line}`,
    );
    run++;
  }
  assert(run >= 15, `${run} blocks`);
});

Deno.test("README: its TypeScript examples run in an empty folder", async () => {
  await using server = await startServer();
  await using registry = await startRegistry();
  await using _executor = await startExecutor(registry.url, "noise", "devbox");
  await using folder = await exampleFolder();
  const project = `${folder.path}/project`;
  await Deno.mkdir(project);
  assertEquals((await folder.shell(`cd ${project} && git init --quiet`)).code, 0);
  const examples = codeBlocks(await Deno.readTextFile(README)).filter(({ language }) => language === "ts");
  assert(examples.length > 0);
  assertEquals(await folder.check(examples.map(({ code }) => code)), { code: 0, stdout: "", stderr: "" });
  for (const { code } of examples) {
    const local = localized(code, server.url, project)
      .replaceAll("https://registry.example", registry.url)
      .replaceAll('Deno.env.get("REGISTRY_TOKEN") ?? ""', '"alice"');
    const { code: status, stderr } = await folder.typescript(local);
    assertEquals({ status, stderr }, { status: 0, stderr: "" });
  }
});

Deno.test("codeBlocks: language, flags, text and line", () => {
  assertEquals(codeBlocks("a\n```ts ignore\nx\n```\n\n```sh\ny\nz\n```\n"), [
    { language: "ts", flags: ["ignore"], code: "x\n", line: 2 },
    { language: "sh", flags: [], code: "y\nz\n", line: 6 },
  ]);
});
