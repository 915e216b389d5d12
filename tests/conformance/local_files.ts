import { exists } from "../support/exists.ts";
import type { Json } from "./step.ts";

/** Makes the local files a transcript asks for. */
export async function makeFiles(operations: readonly string[][]): Promise<void> {
  for (const [name, path = "", value = ""] of operations) {
    if (name === "mkdir") await Deno.mkdir(path, { recursive: true });
    else if (name === "write") await Deno.writeTextFile(path, value);
    else if (name === "symlink") await Deno.symlink(path, value);
    else if (name === "fifo") await new Deno.Command("mkfifo", { args: [path] }).output();
    else if (name === "chmod") await Deno.chmod(path, parseInt(value, 8));
    else if (name === "rm") await Deno.remove(path, { recursive: true }).catch(() => {});
    else throw new TypeError(`Unknown setup operation "${name}"`);
  }
}

/** Compares local files with what a transcript says about them. */
export async function checkFiles(checks: readonly [string, string, Json][]): Promise<string[]> {
  const problems: string[] = [];
  for (const [name, path, want] of checks) {
    const got = await look(name, path);
    if (got !== want) problems.push(`${name} of ${path}: want ${JSON.stringify(want)}, got ${JSON.stringify(got)}`);
  }
  return problems;
}

async function look(name: string, path: string): Promise<Json> {
  try {
    if (name === "exists") return exists(path);
    if (name === "content") return await Deno.readTextFile(path);
    if (name === "readlink") return await Deno.readLink(path);
  } catch (error) {
    return `failed: ${error instanceof Error ? error.name : error}`;
  }
  throw new TypeError(`Unknown check "${name}"`);
}
