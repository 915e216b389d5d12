import { ROOT } from "../packaging/command.ts";

/**
 * Runs a program in the root of the repository to its end.
 *
 * @returns what it printed
 * @throws {Error} when it fails, with the last it said
 */
export async function sh(command: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<string> {
  const [program = "", ...args] = command;
  const output = await new Deno.Command(program, { args, cwd: ROOT, env: { ...env }, stdin: "null" }).output();
  const [stdout, stderr] = [output.stdout, output.stderr].map((bytes) => new TextDecoder().decode(bytes));
  if (!output.success) throw new Error(`${command.slice(0, 3).join(" ")} ...: ${(stderr as string).slice(-600)}`);
  return stdout as string;
}
