import { Command, InvalidArgumentError, Option } from "@commander-js/extra-typings";
import type { ProcessSpec } from "../../protocol/mod.ts";
import { chooseEnvironment, envOption, tokenOption, urlOption } from "../choose_environment.ts";
import { runProcess } from "../run_process.ts";
import { sandboxOf, sandboxOption } from "../sandbox_option.ts";
import { printError, ReaderGoneError } from "../standard_output.ts";
import { onTerminal } from "../terminal_mode.ts";
import { workingDirectory } from "../working_directory.ts";

/** Like `env`, `timeout` and container tools: not a status of the command. */
const NOT_RUN_STATUS = 125;

const NO_VARIABLES: Readonly<Record<string, string>> = {};

/** `run`: a command in an environment, with this terminal's streams. @param ended takes the exit status */
export function runCommand(ended: (status: number) => void) {
  return new Command("run")
    .description("Runs a command in an environment, with this terminal's input, output, size and signals.")
    .addOption(urlOption())
    .addOption(envOption())
    .addOption(tokenOption())
    .addOption(sandboxOption())
    .option("--cwd <DIR>", "directory there; default the executor's, or the current one on this machine")
    .addOption(new Option("--tty", "give it a terminal; default when input and output are one"))
    .addOption(new Option("--no-tty", "give it pipes"))
    .option("--no-stdin", "give it no input")
    .option("--no-resume", "end when the connection is lost, instead of making it again for up to 45 s")
    .addOption(
      new Option("--set <NAME=VALUE>", "variable of its environment; can be repeated")
        .argParser(variable).default(NO_VARIABLES, "none"),
    )
    .argument("<CMD...>", "program and arguments, behind --")
    .passThroughOptions()
    .addHelpText(
      "after",
      `
Exit status: the command's, or 128+n when signal n killed it; ${NOT_RUN_STATUS} when it could not be started or was lost;
${ReaderGoneError.status} when nobody reads the output; 2 for wrong usage.

Examples:
  exec-server run -- make test
  exec-server run --url ws://127.0.0.1:7810 --cwd /src --sandbox workspace-write -- sh -c 'make && ./a.out'
  tar c . | exec-server run --env devbox --cwd /src -- tar x`,
    )
    .action(async (argv, options) => ended(await run(argv, options)));
}

interface RunFlags {
  readonly url?: string | undefined;
  readonly env?: string | undefined;
  readonly bearerTokenEnv?: string | undefined;
  readonly sandbox?: string | undefined;
  readonly cwd?: string | undefined;
  readonly tty?: boolean | undefined;
  readonly stdin: boolean;
  readonly resume: boolean;
  readonly set: Readonly<Record<string, string>>;
}

async function run(argv: readonly string[], flags: RunFlags): Promise<number> {
  try {
    await using chosen = await chooseEnvironment(flags, {
      recovery: flags.resume ? "resume" : "none",
      slowReaders: "hold", // one process has the connection
      recovering: () => printError("exec-server: the connection is lost and being made again; two interrupts give up"),
    });
    const { environment } = chosen;
    const cwd = await workingDirectory(environment, flags.cwd);
    const tty = flags.tty ?? onTerminal();
    const spec: ProcessSpec = {
      argv,
      cwd,
      tty,
      env: { ...tty && { TERM: Deno.env.get("TERM") ?? "xterm" }, ...flags.set },
      envPolicy: { inherit: "all", ignoreDefaultExcludes: true, exclude: [], set: {}, includeOnly: [] },
      ...flags.sandbox !== undefined && { sandbox: await sandboxOf(flags.sandbox, cwd) },
    };
    return await runProcess(environment, { spec, stdin: flags.stdin });
  } catch (error) {
    if (error instanceof ReaderGoneError) return ReaderGoneError.status;
    printError(`Error: ${error instanceof Error ? error.message : String(error)}`);
    return NOT_RUN_STATUS;
  }
}

function variable(text: string, earlier: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const split = text.indexOf("=");
  if (split < 1) throw new InvalidArgumentError("expected NAME=VALUE");
  return { ...earlier, [text.slice(0, split)]: text.slice(split + 1) };
}
