import { assert, assertEquals } from "@std/assert";

interface Module {
  readonly specifier: string;
  readonly dependencies?: readonly {
    readonly isDynamic?: boolean;
    readonly code?: { readonly specifier?: string };
  }[];
}

/** What is loaded with a module at once, not by a later `import()`. */
async function loadedWith(module: string): Promise<string[]> {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["info", "--json", module],
    cwd: new URL("../../", import.meta.url),
  }).output();
  assert(success, new TextDecoder().decode(stderr));
  const { roots, modules } = JSON.parse(new TextDecoder().decode(stdout)) as { roots: string[]; modules: Module[] };
  const byName = new Map(modules.map((entry) => [entry.specifier, entry]));
  const seen = new Set(roots);
  for (const specifier of seen) {
    for (const { isDynamic, code } of byName.get(specifier)?.dependencies ?? []) {
      if (!isDynamic && code?.specifier !== undefined) seen.add(code.specifier);
    }
  }
  return [...seen];
}

const isTool = (name: string) => /\/client\/tools\/|image-size|photon-node/.test(name);
const isMcpServer = (name: string) => name.includes("@modelcontextprotocol/server") || name.includes("/cli/mcp/serve_");

Deno.test("./tools: no other entry point loads the tools", async () => {
  for (const module of ["mod.ts", "client/mod.ts", "server/mod.ts", "protocol/mod.ts", "sandbox/mod.ts"]) {
    assertEquals((await loadedWith(module)).filter((name) => isTool(name) || isMcpServer(name)), [], module);
  }
  assert((await loadedWith("client/tools/mod.ts")).some(isTool));
});

Deno.test("mcp: the command line loads tools and MCP only for who serves them", async () => {
  assertEquals((await loadedWith("cli/main.ts")).filter((name) => isTool(name) || isMcpServer(name)), []);
  const served = await loadedWith("cli/mcp/serve_mcp.ts");
  assert(served.some(isTool) && served.some(isMcpServer));
});
