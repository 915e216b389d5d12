import { doctorCommand } from "./doctor.ts";
import type { CommandFactory } from "./command_factory.ts";

/** Every subcommand, in the order of `--help`; serving is what the program does without one. */
export const COMMANDS: readonly CommandFactory[] = [
  doctorCommand,
];
