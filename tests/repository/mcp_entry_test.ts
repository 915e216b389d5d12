import { assert, assertEquals } from "@std/assert";

interface ModuleGraph {
  readonly modules: readonly { readonly specifier: string }[];
}

/** Everything a module loads, also by `import()`. */
async function graph(module: string): Promise<string[]> {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["info", "--json", module],
    cwd: new URL("../../", import.meta.url),
  }).output();
  assert(success, new TextDecoder().decode(stderr));
  const { modules } = JSON.parse(new TextDecoder().decode(stdout)) as ModuleGraph;
  return modules.map(({ specifier }) => specifier);
}

Deno.test("./mcp: no other entry point loads the MCP client", async () => {
  const isMcp = (name: string) => name.includes("@modelcontextprotocol/client") || name.includes("/client/mcp/");
  for (const module of ["mod.ts", "client/mod.ts", "server/mod.ts", "protocol/mod.ts"]) {
    assertEquals((await graph(module)).filter(isMcp), [], module);
  }
  assert((await graph("client/mcp/mod.ts")).some((name) => name.includes("@modelcontextprotocol/client")));
});
