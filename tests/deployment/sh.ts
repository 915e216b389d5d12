import { run } from "../packaging/command.ts";

/**
 * Runs a program in the root of the repository to its end.
 *
 * @returns what it printed
 * @throws {Error} when it fails, with the last it said
 */
export async function sh(command: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<string> {
  const [program = "", ...args] = command;
  const { code, stdout, stderr } = await run(program, args, { env });
  if (code !== 0) throw new Error(`${command.slice(0, 3).join(" ")} ...: ${stderr.slice(-600)}`);
  return stdout;
}
