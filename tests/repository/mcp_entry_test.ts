import { assert, assertEquals } from "@std/assert";

interface ModuleGraph {
  readonly modules: readonly { readonly specifier: string }[];
  readonly npmPackages: Readonly<Record<string, unknown>>;
}

/** Everything a module loads, also by `import()`. */
async function graph(module: string): Promise<string[]> {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["info", "--json", module],
    cwd: new URL("../../", import.meta.url),
  }).output();
  assert(success, new TextDecoder().decode(stderr));
  const { modules, npmPackages } = JSON.parse(new TextDecoder().decode(stdout)) as ModuleGraph;
  return [...modules.map(({ specifier }) => specifier), ...Object.keys(npmPackages)];
}

Deno.test("./mcp: no other entry point loads the MCP client", async () => {
  const isMcp = (name: string) => name.includes("modelcontextprotocol") || name.includes("/client/mcp/");
  for (const module of ["client/mod.ts", "server/mod.ts", "protocol/mod.ts"]) {
    assertEquals((await graph(module)).filter(isMcp), [], module);
  }
  assert((await graph("client/mcp/mod.ts")).some((name) => name.startsWith("@modelcontextprotocol/client")));
});
