import { assert, assertEquals } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { readSources, sourceFile } from "./source_file.ts";
import { checkSources } from "./source_rules.ts";

const ROOT = fromFileUrl(new URL("../..", import.meta.url)).replace(/\/$/, "");

function violations(tree: Record<string, string>): string[] {
  return checkSources(Object.entries(tree).map(([path, text]) => sourceFile(path, text)));
}

Deno.test("import rules: the repository keeps them", async () => {
  const sources = await readSources(ROOT);
  assert(sources.some(({ path, imports }) => path === "protocol/peer.ts" && imports.includes("./transport.ts")));
  assertEquals(checkSources(sources), []);
});

Deno.test("import rules: a good tree has no violation", () => {
  assertEquals(
    violations({
      "mod.ts":
        'export * from "./server/mod.ts";\nexport * from "./client/mod.ts";\nimport { main } from "./cli/main.ts";',
      "cli/main.ts": 'import { a } from "../server/mod.ts";\nimport { b } from "../client/mod.ts";',
      "server/mod.ts": 'import { z } from "zod";\nimport { p } from "../protocol/p.ts";\nDeno.exit(0);',
      "server/helper.ts": 'const url = new URL("../sandbox/helper.js", import.meta.url);\n// see "../elsewhere/x"',
      "client/mod.ts":
        '// @ts-types="npm:@types/ws@8"\nimport { WebSocket } from "ws";\nimport type { P } from "../protocol/p.ts";',
      "protocol/p.ts": "/** Never uses Deno.readFile. */\nexport const p = 1; // nor Deno.open",
      "tests/p_test.ts": 'import { assert } from "@std/assert";\nimport { p } from "../protocol/p.ts";',
    }),
    [],
  );
});

Deno.test("import rules: every kind of violation is reported", () => {
  const table: [string, string, string][] = [
    ["protocol/a.ts", 'import { b } from "../sandbox/b.ts";', "protocol/a.ts: protocol may not import sandbox"],
    ["protocol/a.ts", 'import type { B } from "../server/b.ts";', "protocol/a.ts: protocol may not import server"],
    ["sandbox/a.ts", 'export * from "../server/b.ts";', "sandbox/a.ts: sandbox may not import server"],
    ["sandbox/a.ts", 'import "../client/b.ts";', "sandbox/a.ts: sandbox may not import client"],
    ["server/x/a.ts", 'await import("../../client/b.ts");', "server/x/a.ts: server may not import client"],
    ["client/a.ts", "import {\n  b,\n} from '../server/b.ts';", "client/a.ts: client may not import server"],
    ["client/a.ts", 'import { b } from "../sandbox/b.ts";', "client/a.ts: client may not import sandbox"],
    ["server/a.ts", 'import { b } from "../mod.ts";', "server/a.ts: server may not import mod.ts"],
    ["cli/a.ts", 'import { b } from "../mod.ts";', "cli/a.ts: cli may not import mod.ts"],
    ["server/a.ts", 'import { b } from "../tests/b.ts";', "server/a.ts: may not import from tests"],
    ["server/a.ts", 'import { assert } from "@std/assert";', "server/a.ts: only tests may import @std/assert"],
    ["protocol/a.ts", "const a = Deno.env;", "protocol/a.ts: protocol may not use Deno"],
    ["server/utils.ts", "", 'server/utils.ts: a file is named after its one concept, not "utils"'],
    ["lib/a.ts", "", "lib/a.ts: not in a folder of the layout"],
    ["cli/a.ts", 'const path = "../shared/a.json";', 'cli/a.ts: "../shared/a.json" leads out of the layout'],
    ["cli/a.ts", 'const path = "../../a.json";', 'cli/a.ts: "../../a.json" leads out of the layout'],
  ];
  for (const [path, text, violation] of table) assertEquals(violations({ [path]: text }), [violation]);
  for (const scheme of ["npm", "jsr"]) {
    const expected = ["tests/a.ts: names a package by npm: or jsr:, not by the import map"];
    assertEquals(violations({ "tests/a.ts": `import { z } from "${scheme}:zod@4";` }), expected);
  }
});

Deno.test("import rules: cycles are reported once, with their path", () => {
  assertEquals(
    violations({
      "server/a.ts": 'import { b } from "./b.ts";',
      "server/b.ts": 'export * from "./x/c.ts";',
      "server/x/c.ts": 'import type { A } from "../a.ts";',
      "server/d.ts": 'import { a } from "./a.ts";',
    }),
    ["import cycle: server/a.ts -> server/b.ts -> server/x/c.ts -> server/a.ts"],
  );
  assertEquals(violations({ "cli/a.ts": 'import { a } from "./a.ts";' }), ["import cycle: cli/a.ts -> cli/a.ts"]);
});
