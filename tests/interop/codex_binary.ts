import { exists } from "../support/exists.ts";

/**
 * Path of an unmodified codex binary, installed with npm into a cache outside the repository when it is not there yet.
 *
 * @throws {Error} when npm fails or the package has no binary for this machine
 */
export async function codexBinary(version: string): Promise<string> {
  const folder = cacheFolder(version);
  const installed = `${folder}/node_modules/@openai`;
  if (!exists(installed)) {
    await Deno.mkdir(folder, { recursive: true });
    const args = ["install", "--prefix", folder, "--no-audit", "--no-fund", `@openai/codex@${version}`];
    const { success, stderr } = await new Deno.Command("npm", { args, stdout: "null", stderr: "piped" }).output();
    if (!success) throw new Error(`npm cannot install codex ${version}: ${new TextDecoder().decode(stderr)}`);
  }
  const binary = await findBinary(installed);
  if (binary === undefined) throw new Error(`The package of codex ${version} has no binary for this machine`);
  return binary;
}

/** The binary where the task `interop:client` runs the tests; undefined in the gate, which does not depend on it. */
export async function codexBinaryInTask(version: string): Promise<string | undefined> {
  return Deno.env.get("EXEC_SERVER_INTEROP") === "1" ? await codexBinary(version) : undefined;
}

function cacheFolder(version: string): string {
  const cache = Deno.env.get("XDG_CACHE_HOME") ?? `${Deno.env.get("HOME")}/.cache`;
  return `${cache}/exec-server-interop/${version}`;
}

/** The native program, told from the JavaScript launcher of the same name by its folder. */
async function findBinary(folder: string): Promise<string | undefined> {
  for await (const entry of Deno.readDir(folder)) {
    const path = `${folder}/${entry.name}`;
    if (entry.isFile && entry.name === "codex" && path.includes("/vendor/")) return path;
    const found = entry.isDirectory ? await findBinary(path) : undefined;
    if (found !== undefined) return found;
  }
  return undefined;
}
