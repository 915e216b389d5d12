import { doctorCommand } from "./doctor.ts";
import type { CommandFactory } from "./command_factory.ts";
import { envCommand } from "./env.ts";
import { fsCommand } from "./fs.ts";
import { gatewayCommand } from "./gateway.ts";
import { mcpCommand } from "./mcp.ts";
import { psCommand } from "./ps.ts";
import { registryCommand } from "./registry.ts";
import { runCommand } from "./run.ts";

/** Every subcommand, in the order of `--help`; serving is what the program does without one. */
export const COMMANDS: readonly CommandFactory[] = [
  runCommand,
  fsCommand,
  psCommand,
  envCommand,
  gatewayCommand,
  registryCommand,
  mcpCommand,
  doctorCommand,
];
