import { assert, assertEquals } from "@std/assert";
import { METHODS } from "../../protocol/methods.ts";

const ROOT = new URL("../../", import.meta.url);

function readme(): Promise<string> {
  return Deno.readTextFile(new URL("README.md", ROOT));
}

/** What `deno run -A mod.ts --help` prints. */
async function helpText(): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "mod.ts", "--help"],
    cwd: ROOT,
    env: { NO_COLOR: "1" },
    stdin: "null",
  }).output();
  assert(success, new TextDecoder().decode(stderr));
  return new TextDecoder().decode(stdout);
}

/** Long flags in a text. */
function flagsIn(text: string): string[] {
  return [...new Set(Array.from(text.matchAll(/(?<![\w-])--[a-z][a-z0-9-]*/g), ([flag]) => flag))];
}

/** Methods in the first column of the tables of a Markdown text. */
function methodsInTables(markdown: string): string[] {
  return Array.from(markdown.matchAll(/^\|\s*`([^`]+)`\s*\|/gm), (match) => match[1] as string);
}

Deno.test("README: names the commands that start and test from a clean clone", async () => {
  const text = await readme();
  for (const command of ["npx -y deno@2.9.6 task start", "npx -y deno@2.9.6 task test"]) {
    assert(text.includes(command), command);
  }
});

Deno.test("README: names every flag of --help", async () => {
  const flags = flagsIn(await helpText());
  assert(flags.includes("--help"), `no flags found in the help text: ${flags}`);
  const documented = flagsIn(await readme());
  assertEquals(flags.filter((flag) => !documented.includes(flag)), []);
});

Deno.test("README: has every method in its table", async () => {
  const documented = methodsInTables(await readme());
  assertEquals(Object.keys(METHODS).filter((method) => !documented.includes(method)), []);
});

Deno.test("flagsIn: finds long flags and nothing else", () => {
  assertEquals(flagsIn("-h, --help  x\n  --listen <url>  a--b, `--no-x`, --- "), ["--help", "--listen", "--no-x"]);
});

Deno.test("methodsInTables: reads first columns only", () => {
  assertEquals(methodsInTables("| `a/b` | `c/d` |\n|---|\n|`e` | x |\n`f` | y"), ["a/b", "e"]);
});
