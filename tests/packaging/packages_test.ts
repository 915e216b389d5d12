import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import manifest from "../../deno.json" with { type: "json" };
import { VERSION } from "../../server/mod.ts";
import { tempDir } from "../support/temp_dir.ts";
import { deno, ROOT, run } from "./command.ts";

Deno.test("publish: a dry run is clean, and takes along what the program needs and nothing else", async () => {
  const args = manifest.tasks["publish:check"].split(" ").slice(1);
  assertEquals(args.filter((flag) => flag.startsWith("--allow-")), ["--allow-dirty"]);
  const { code, stderr } = await deno(args);
  assertEquals(code, 0, stderr);
  assertStringIncludes(stderr, "Success Dry run complete");
  assertEquals(stderr.split("\n").filter((line) => /^(warning|error)\b/i.test(line)), []);
  const files = [...stderr.matchAll(/^ +(file:\S+) \(/gm)].map(([, url]) => (url as string).split(`${ROOT}/`)[1] ?? "");
  for (const file of ["deno.json", "mod.ts", "cli/main.ts", "sandbox/helper_program.js", "LICENSE", "README.md"]) {
    assert(files.includes(file), `${file} is missing among ${files.length}`);
  }
  const strange = files.filter((file) => /^(tests|contrib|dist|node_modules|\.ci)\//.test(file));
  assertEquals(strange, []);
});

Deno.test("install: deno install -g makes a command that works elsewhere", async () => {
  await using dir = await tempDir();
  const [, ...args] = manifest.tasks["install:global"].split(" ");
  const { code, stderr } = await deno([...args, "--root", dir.path]);
  assertEquals(code, 0, stderr);
  const installed = await run(`${dir.path}/bin/exec-server`, ["--version"], { cwd: dir.path });
  assertEquals(installed, { code: 0, stdout: `${VERSION}\n`, stderr: "" });
});

Deno.test("compile: everything can be embedded", async () => {
  await using dir = await tempDir();
  const output = `${dir.path}/exec-server`;
  const args = manifest.tasks.compile.replace("dist/exec-server", output).split(" ").slice(1);
  // any program passes for Deno's runtime, which the machine may not have: what is built does not run then
  const { code, stderr } = await deno(args, { env: { DENORT_BIN: Deno.execPath() } });
  assertEquals(code, 0, stderr);
  const [built, runtime] = [await Deno.stat(output), await Deno.stat(Deno.execPath())];
  assert(built.size > runtime.size + 1_000_000, `${built.size} bytes`);
});

Deno.test("version: one source for all", async () => {
  const published = JSON.parse(await Deno.readTextFile(`${ROOT}/deno.jsr.json`));
  assertEquals([published.version, VERSION], [manifest.version, manifest.version]);
  const changelog = await Deno.readTextFile(`${ROOT}/CHANGELOG.md`);
  const [newest = ""] = [...changelog.matchAll(/^## \[?(\d+\.\d+\.\d+|Unreleased)/gm)].map(([, name]) => name);
  assert(newest === "Unreleased" || newest === VERSION, `CHANGELOG.md begins with ${newest}`);
});
