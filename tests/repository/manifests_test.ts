import { assert, assertEquals } from "@std/assert";

interface Manifest {
  name: string;
  version: string;
  imports: Record<string, string>;
  compilerOptions: Record<string, unknown>;
}

async function manifest(name: string): Promise<Manifest> {
  return JSON.parse(await Deno.readTextFile(new URL(`../../${name}`, import.meta.url)));
}

/** What decides how the package is built and published; the rest of deno.json is for work on it. */
function packageOf(manifest: Manifest): Record<string, unknown> {
  const { imports: _imports, ...rest } = manifest as Manifest & Record<string, unknown>;
  for (const name of ["tasks", "fmt", "lint"]) delete rest[name];
  const { types: _types, ...compilerOptions } = manifest.compilerOptions;
  return { ...rest, compilerOptions };
}

const local = await manifest("deno.json");
const published = await manifest("deno.jsr.json");

Deno.test("deno.jsr.json: describes the same package as deno.json", () => {
  assertEquals(packageOf(published), packageOf(local));
});

Deno.test("deno.jsr.json: has the same imports, @std from JSR", () => {
  assertEquals(Object.keys(published.imports), Object.keys(local.imports));
  for (const [name, specifier] of Object.entries(published.imports)) {
    assertEquals(specifier, name.startsWith("@std/") ? `jsr:${name}@^1` : local.imports[name], name);
  }
});

Deno.test("deno.jsr.json: needs no ambient types", () => {
  assert(!("types" in published.compilerOptions));
});
