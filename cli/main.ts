import { CommanderError, type CommandUnknownOpts } from "@commander-js/extra-typings";
import { VERSION } from "../server/mod.ts";
import type { CommandFactory } from "./commands/command_factory.ts";
import { COMMANDS } from "./commands/mod.ts";
import { serveCommand } from "./commands/serve.ts";
import { startupErrorText } from "./startup_error.ts";

const USAGE_STATUS = 2, FAILURE_STATUS = 1;

/**
 * Runs the command line.
 *
 * @param args arguments without the program's name
 * @param commands the subcommands
 * @returns the exit status: 0, 1 for a failure, 2 for wrong usage, or what the subcommand says
 */
export async function main(
  args: readonly string[],
  commands: readonly CommandFactory[] = COMMANDS,
): Promise<number> {
  let status = 0;
  const ended = (result: number) => status = result;
  const program: CommandUnknownOpts = serveCommand(ended)
    .name("exec-server")
    .description("Runs processes and file operations on this machine for coding agents.")
    .version(VERSION)
    // an option behind a subcommand belongs to the subcommand
    .enablePositionalOptions()
    .exitOverride();
  for (const create of commands) {
    program.addCommand(inherit(create(ended), program));
  }
  try {
    await program.parseAsync([...args], { from: "user" });
    return status;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : USAGE_STATUS;
    const line = new TextEncoder().encode(`Error: ${startupErrorText(error)}\n`);
    Deno.stderr.writeSync(line);
    return FAILURE_STATUS;
  }
}

/** Gives a subcommand, and those below it, the settings of its parent. */
function inherit(command: CommandUnknownOpts, parent: CommandUnknownOpts): CommandUnknownOpts {
  command.copyInheritedSettings(parent).allowExcessArguments(false);
  for (const child of command.commands) inherit(child, command);
  return command;
}
