import { fromFileUrl } from "@std/path";

/** Root of the repository, without a slash at its end. */
export const ROOT = fromFileUrl(new URL("../../", import.meta.url)).replace(/\/$/, "");

/** How a program ended and what it printed. */
export interface CommandResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program to its end. */
export async function run(
  program: string,
  args: readonly string[],
  options: { readonly cwd?: string; readonly env?: Readonly<Record<string, string>> } = {},
): Promise<CommandResult> {
  const { code, stdout, stderr } = await new Deno.Command(program, {
    args: [...args],
    cwd: options.cwd ?? ROOT,
    env: { NO_COLOR: "1", ...options.env },
    stdin: "null",
  }).output();
  const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, stdout: decode(stdout), stderr: decode(stderr) };
}

/** Runs Deno to its end. */
export function deno(args: readonly string[], options?: Parameters<typeof run>[2]): Promise<CommandResult> {
  return run(Deno.execPath(), args, options);
}
