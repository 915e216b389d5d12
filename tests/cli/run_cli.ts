import { fromFileUrl } from "@std/path";
import { tempDir } from "../support/temp_dir.ts";

const ROOT = fromFileUrl(new URL("../../", import.meta.url));

/** How a program ended and what it printed. */
export interface CliResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs our command line to its end. */
export function runCli(...args: string[]): Promise<CliResult> {
  return run(["run", "-A", "--quiet", `${ROOT}/mod.ts`, ...args]);
}

/** Runs a program that imports files of the repository as `ROOT/...`; outside of it, so that no other test sees it. */
export async function runProgram(
  source: string,
  env: Readonly<Record<string, string>> = {},
): Promise<CliResult> {
  await using dir = await tempDir();
  const path = `${dir.path}/program.ts`;
  await Deno.writeTextFile(path, source.replaceAll('"ROOT/', `"${new URL("../../", import.meta.url)}`));
  return await run(["run", "-A", "--quiet", "--no-check", "--config", `${ROOT}/deno.json`, path], env);
}

async function run(args: string[], env: Readonly<Record<string, string>> = {}): Promise<CliResult> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args,
    env: { NO_COLOR: "1", ...env },
    stdin: "null",
  }).output();
  const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, stdout: decode(stdout), stderr: decode(stderr) };
}
