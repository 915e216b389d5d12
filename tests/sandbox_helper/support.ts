import { assertEquals } from "@std/assert";
import { type Filesystem, RpcError } from "../../protocol/mod.ts";
import { HelperPool, type HelperPoolOptions } from "../../sandbox/helper_pool.ts";
import type { Policy, PolicyEntry } from "../../sandbox/policy.ts";
import { tempDir } from "../support/temp_dir.ts";

/** Codes and texts of refusals and system errors. */
export const OS = {
  notFound: "-32004 No such file or directory (os error 2)",
  denied: "-32600 Permission denied (os error 13)",
  readOnly: "-32603 Read-only file system (os error 30)",
  busy: "-32603 Resource busy (os error 16)",
  exists: "-32603 File exists (os error 17)",
  loop: "-32603 Symbolic link loop (os error 40)",
  notDirectory: "-32603 Not a directory (os error 20)",
  isDirectory: "-32603 Is a directory (os error 21)",
  noDevice: "-32603 No such device or address (os error 6)",
  tooLong: "-32603 Filename too long (os error 36)",
} as const;

/** Entries as `r /path`, `w /path`, `d /path`; `d` with a star is a glob. */
export function policyOf(...lines: string[]): Policy {
  const words = { r: "read", w: "write", d: "deny" } as const;
  const entries: PolicyEntry[] = [];
  const denyGlobs: string[] = [];
  for (const line of lines) {
    const access = words[line[0] as keyof typeof words];
    const path = line.slice(2);
    if (access === "deny" && path.includes("*")) denyGlobs.push(path);
    else entries.push({ path, access });
  }
  return { entries, denyGlobs, fullRead: false, fullWrite: false };
}

/** A tree with a place inside and one outside, and helpers for it. */
export interface Scene extends AsyncDisposable {
  /** Real path of the whole. */
  readonly root: string;
  /** What policies usually grant: holds `note.txt` with "inside". */
  readonly inside: string;
  /** Holds `secret.txt` with "secret!". */
  readonly outside: string;
  readonly pool: HelperPool;
  /** Files under a policy; `$` in its lines is the root of the scene. */
  under(...lines: string[]): Filesystem;
}

/** Sets up a scene. */
export async function scene(options: HelperPoolOptions = {}): Promise<Scene> {
  const dir = await tempDir();
  const root = dir.path;
  Deno.mkdirSync(`${root}/inside`);
  Deno.mkdirSync(`${root}/outside`);
  Deno.writeTextFileSync(`${root}/inside/note.txt`, "inside");
  Deno.writeTextFileSync(`${root}/outside/secret.txt`, "secret!");
  const pool = new HelperPool(options);
  return {
    root,
    inside: `${root}/inside`,
    outside: `${root}/outside`,
    pool,
    under: (...lines) => pool.filesystem(policyOf(...lines.map((line) => line.replaceAll("$", root)))),
    [Symbol.asyncDispose]: async () => {
      await pool.close();
      await dir[Symbol.asyncDispose]();
    },
  };
}

/** `code text` of what an operation fails with, or "ok". */
export async function outcome(operation: () => unknown): Promise<string> {
  try {
    await operation();
    return "ok";
  } catch (error) {
    if (error instanceof RpcError) return `${error.code} ${error.message}`;
    throw error;
  }
}

/** Asserts what operations fail with, by name. */
export async function assertOutcomes(table: Readonly<Record<string, readonly [() => unknown, string]>>): Promise<void> {
  const found: Record<string, string> = {};
  const expected: Record<string, string> = {};
  for (const [name, [operation, text]] of Object.entries(table)) {
    found[name] = await outcome(operation);
    expected[name] = text;
  }
  assertEquals(found, expected);
}

/** UTF-8. */
export function bytes(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}

/** Everything in a tree: kinds, modes, contents and link texts, by relative path. */
export function snapshot(directory: string, prefix = ""): Record<string, string> {
  const found: Record<string, string> = {};
  for (const { name, isDirectory, isFile, isSymlink } of Deno.readDirSync(directory)) {
    const path = `${directory}/${name}`;
    const mode = ((Deno.lstatSync(path).mode ?? 0) & 0o7777).toString(8);
    if (isSymlink) found[prefix + name] = `link ${Deno.readLinkSync(path)}`;
    else if (isFile) found[prefix + name] = `file ${mode} ${Deno.readTextFileSync(path)}`;
    else if (isDirectory) {
      found[prefix + name] = `directory ${mode}`;
      Object.assign(found, snapshot(path, `${prefix}${name}/`));
    } else found[prefix + name] = "other";
  }
  return found;
}
