import { dirname, normalize } from "@std/path";
import type { SourceFile } from "./source_file.ts";

/** Which folders the files of a folder may import, besides their own. */
const LAYERS: Readonly<Record<string, readonly string[]>> = {
  protocol: [],
  sandbox: ["protocol"],
  server: ["protocol", "sandbox"],
  client: ["protocol"],
  cli: ["protocol", "sandbox", "server", "client"],
  "mod.ts": ["protocol", "sandbox", "server", "client", "cli"],
};

/** Checks the import rules of the repository (CONTRIBUTING.md) and describes each violation. */
export function checkSources(files: readonly SourceFile[]): string[] {
  return [...files.flatMap(checkFile), ...findCycles(files)];
}

/** The folder at the root a path lies in, or the file's own name there. */
function layerOf(path: string): string {
  return path.split("/")[0] as string;
}

/** Where a relative specifier of a file leads, from the root of the repository. */
function resolveFrom(file: string, specifier: string): string {
  return normalize(`${dirname(file)}/${specifier}`);
}

function checkFile({ path, code, imports }: SourceFile): string[] {
  const found: string[] = [];
  const layer = layerOf(path);
  const isTest = layer === "tests";
  if (/(^|\/)utils?\.[jt]s$/.test(path)) found.push(`${path}: a file is named after its one concept, not "utils"`);
  if (!isTest && !(layer in LAYERS)) found.push(`${path}: not in a folder of the layout`);
  if (layer === "protocol" && /\bDeno\s*[.[]/.test(code)) found.push(`${path}: protocol may not use Deno`);
  for (const line of code.split("\n")) {
    if (/["'](npm|jsr):/.test(line) && !/\/\/\s*@ts-types/.test(line)) {
      found.push(`${path}: names a package by npm: or jsr:, not by the import map`);
    }
  }
  for (const specifier of imports) found.push(...checkImport(path, specifier));
  if (!isTest) found.push(...checkPaths(path, code));
  return found;
}

function checkImport(path: string, specifier: string): string[] {
  const layer = layerOf(path);
  if (layer === "tests") return [];
  if (specifier === "@std/assert") return [`${path}: only tests may import @std/assert`];
  if (!specifier.startsWith(".")) return [];
  const target = layerOf(resolveFrom(path, specifier));
  if (target === "tests") return [`${path}: may not import from tests`];
  if (target === layer || LAYERS[layer]?.includes(target)) return [];
  return target in LAYERS ? [`${path}: ${layer} may not import ${target}`] : [];
}

/** Relative paths in string literals stay inside the folders of the layout. */
function checkPaths(path: string, code: string): string[] {
  const found: string[] = [];
  for (const [, , literal] of code.matchAll(/(["'`])(\.\.?\/[./]*[\w@-][^"'`\n]*)\1/g)) {
    const target = resolveFrom(path, literal as string);
    const inside = layerOf(target) in LAYERS || layerOf(target) === "tests" || /^[\w-]+\.(json|md)$/.test(target);
    if (!inside) found.push(`${path}: "${literal}" leads out of the layout`);
  }
  return found;
}

function findCycles(files: readonly SourceFile[]): string[] {
  const graph = new Map(files.map(({ path, imports }) => [
    path,
    imports.filter((specifier) => specifier.startsWith(".")).map((specifier) => resolveFrom(path, specifier)),
  ]));
  const done = new Set<string>();
  const found: string[] = [];
  const visit = (path: string, trail: readonly string[]) => {
    const start = trail.indexOf(path);
    if (start !== -1) found.push(`import cycle: ${[...trail.slice(start), path].join(" -> ")}`);
    if (start !== -1 || done.has(path)) return;
    for (const target of graph.get(path) ?? []) visit(target, [...trail, path]);
    done.add(path);
  };
  for (const path of graph.keys()) visit(path, []);
  return found;
}
