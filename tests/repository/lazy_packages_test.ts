import { assert, assertEquals } from "@std/assert";

interface ModuleGraph {
  readonly roots: readonly string[];
  readonly redirects: Readonly<Record<string, string>>;
  readonly modules: readonly {
    readonly specifier: string;
    readonly dependencies?: readonly { readonly code?: { readonly specifier: string }; readonly isDynamic?: boolean }[];
  }[];
}

/** Packages of npm that a module loads at once, those of `import()` not among them. */
async function packagesAtOnce(module: string): Promise<string[]> {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["info", "--json", module],
    cwd: new URL("../../", import.meta.url),
  }).output();
  assert(success, new TextDecoder().decode(stderr));
  const { roots, redirects, modules } = JSON.parse(new TextDecoder().decode(stdout)) as ModuleGraph;
  const byName = new Map(modules.map((entry) => [entry.specifier, entry]));
  const seen = new Set<string>(), open = [...roots];
  for (let name; (name = open.pop()) !== undefined;) {
    const specifier = redirects[name] ?? name;
    if (seen.has(specifier)) continue;
    seen.add(specifier);
    for (const { code, isDynamic } of byName.get(specifier)?.dependencies ?? []) {
      if (code !== undefined && !isDynamic) open.push(code.specifier);
    }
  }
  return [...seen].filter((name) => /^npm:/.test(name)).map((name) => name.replace(/^npm:\/?/, ""));
}

Deno.test("start: the program loads nothing at once that not every server needs", async () => {
  const packages = await packagesAtOnce("mod.ts");
  assert(packages.some((name) => name.startsWith("zod@")), `${packages}`);
  assertEquals(packages.filter((name) => !/^(zod|deno-std)@/.test(name)), []);
});

Deno.test("packagesAtOnce: sees what a module imports", async () => {
  const packages = await packagesAtOnce("server/registry/mod.ts");
  assert(packages.some((name) => name.startsWith("@bufbuild/protobuf@")), `${packages}`);
});
